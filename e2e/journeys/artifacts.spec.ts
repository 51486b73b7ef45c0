import { readFile } from "node:fs/promises";
import AxeBuilder from "@axe-core/playwright";
import { expect, test } from "../fixtures.ts";

const program = `
import json, struct, zlib
rows = "".join(f"{n},name {n},{n / 3}\\n" for n in range(250))
open("table.csv", "w").write("id,name,score\\n" + rows)
open("broken.csv", "w").write('a,b\\n1,2\\n3,"4\\n')
json.dump({"model": {"loss": [0.5, 0.25]}}, open("metrics.json", "w"))
open("report.html", "w").write("""<h1>Report</h1><p id=p>no script</p><script>
let what; try { what = 'reads cookies ' + document.cookie } catch { what = 'reads no cookie' }
document.getElementById('p').textContent = 'a script that ' + what;</script>""")
open("weights.bin", "wb").write(bytes(range(256)) * 40)
chunk = lambda kind, data: struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
line = b"".join(bytes((x * 2, 90, 160)) for x in range(120))
open("plot.png", "wb").write(b"\\x89PNG\\r\\n\\x1a\\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", 120, 60, 8, 2, 0, 0, 0)) + chunk(b"IDAT", zlib.compress((b"\\0" + line) * 60)) + chunk(b"IEND", b""))
`;

test("what a task left is looked into, whatever it is, and downloaded one by one and as an archive", async ({
  page,
  git,
}) => {
  await git.push("team/leaving", {
    "ame.yaml": `name: leaving
tasks:
  - {name: leave, executor: !custom {pythonVersion: 3, command: python3 leave.py}, artifactCfg: {saveChangedFiles: true}}
`,
    "leave.py": program,
  });
  await page.goto("/sources");
  await page.getByRole("link", { name: "Add a source" }).first().click();
  const adding = page.getByRole("dialog", { name: "Add a source" });
  await adding.getByLabel("Repository").fill(git.url("team/leaving"));
  await adding.getByRole("button", { name: "Add and sync" }).click();
  await page.getByRole("region", { name: "team/leaving" }).getByRole("button", { name: "Run leave" }).click();
  await page.getByRole("dialog", { name: "Run a task" }).getByRole("button", { name: "Run leave" }).click();
  await expect(page).toHaveTitle("Succeeded · leave · Tributary", { timeout: 45_000 });

  await page.getByRole("tab", { name: "Artifacts 6" }).click();
  await expect(page.getByText(/^6 files, /)).toBeVisible();
  const look = async (path: string) => {
    await page.getByRole("link", { name: path, exact: true }).click();
    return page.getByRole("dialog", { name: path });
  };

  const table = await look("table.csv");
  await expect(table.getByText("Rows 1 to 100")).toBeVisible();
  await table.getByRole("button", { name: "Next part" }).click();
  await table.getByRole("button", { name: "Next part" }).click();
  await expect(table.getByText("Rows 201 to 250 of 250")).toBeVisible();
  await expect(table.getByRole("cell", { name: "name 249" })).toBeVisible();
  expect((await new AxeBuilder({ page }).analyze()).violations).toEqual([]);
  await page.keyboard.press("Escape");
  await expect(table).toBeHidden();

  await expect((await look("broken.csv")).getByRole("alert")).toContainText("row 2: a quoted value is not closed");
  await page.keyboard.press("Escape");
  await expect((await look("metrics.json")).getByText('"loss": [')).toBeVisible();
  await page.keyboard.press("Escape");
  await expect((await look("weights.bin")).getByText(/binary file/)).toBeVisible();
  await page.keyboard.press("Escape");
  const picture = (await look("plot.png")).getByRole("img", { name: "plot.png" });
  await expect(picture).toBeVisible();
  expect(await picture.evaluate((image: HTMLImageElement) => image.naturalWidth)).toBe(120);
  await page.keyboard.press("Escape");

  const report = await look("report.html");
  await expect(report.frameLocator("iframe").getByText("a script that reads no cookie")).toBeVisible();
  const link = page.url();
  const one = page.waitForEvent("download");
  await report.getByRole("button", { name: "Download" }).click();
  expect((await one).suggestedFilename()).toBe("report.html");
  await page.goto(link);
  await expect(page.getByRole("dialog", { name: "report.html" })).toBeVisible();
  await page.keyboard.press("Escape");

  const all = page.waitForEvent("download");
  await page.getByRole("button", { name: "Download all" }).click();
  const archive = await readFile(await (await all).path());
  expect(archive.subarray(0, 2).toString()).toBe("PK");
});
