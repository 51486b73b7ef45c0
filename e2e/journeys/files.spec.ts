import { expect, test } from "../fixtures.ts";
import { projectFile } from "../project-file.ts";
import { addSource } from "../rpc.ts";

test("a repository is looked through at any branch, to the line, and its project file leads to what it declares", async ({
  page,
  server,
  git,
  faults,
}) => {
  faults.allow(/status of 404.*ReadFile/);
  const code = `${Array.from({ length: 400 }, (_, n) => `x${n + 1} = ${n}  # line`).join("\n")}\n`;
  const files = {
    "ame.yaml": projectFile("browsed", [{ name: "look", command: "python3 src/deep/main.py" }]),
    "src/deep/main.py": code,
    "src/empty.txt": "",
    "logo.bin": "\u0000\u0001",
  };
  await git.push("files/browsed", files);
  await git.push(
    "files/browsed",
    { ...files, "src/deep/main.py": "print('on a branch')\n", "ame.yaml": "name: browsed\ntask: []\n" },
    { branch: "try-it", message: "Say where it is" },
  );
  const { id } = await addSource(server, { repository: git.url("files/browsed") });

  await page.goto(`/sources/${id}`);
  await page.getByRole("link", { name: "Files", exact: true }).click();
  await expect(page.getByText("nothing is wrong with it")).toBeVisible();
  const declared = page.getByRole("list", { name: "What it declares" });
  await declared.getByRole("button", { name: "Run look" }).click();
  await expect(page.getByRole("dialog", { name: "Run a task" })).toContainText("python3 src/deep/main.py");
  await page.keyboard.press("Escape");

  const list = page.getByRole("navigation", { name: /^Files of/ });
  await list.getByRole("link", { name: "src" }).click();
  await list.getByRole("link", { name: "deep" }).click();
  await list.getByRole("link", { name: /^main\.py/ }).click();
  await expect(page).toHaveURL(`/sources/${id}/files?file=src/deep/main.py`);
  await expect(page).toHaveTitle("src/deep/main.py · Files · Tributary");
  await page.getByRole("link", { name: "Line 3", exact: true }).click();
  await expect(page).toHaveURL(/#L3$/);

  // the line of an address is shown, wherever it is
  await page.goto(`/sources/${id}/files?file=src/deep/main.py#L390`);
  await expect(page.getByText("x390 = 389")).toBeInViewport();

  await page.getByRole("combobox", { name: "Branch or commit that is shown" }).click();
  await page.getByRole("option", { name: "try-it" }).click();
  await expect(page.getByText("print('on a branch')")).toBeVisible();
  await expect(page.getByText("Say where it is")).toBeVisible();
  await page.getByRole("heading", { level: 1 }).getByRole("link", { name: "files/browsed" }).click();
  await expect(page.getByText(/did you mean tasks/)).toBeVisible();
  await page.goBack();
  await expect(page.getByText("print('on a branch')")).toBeVisible();

  await page.goto(`/sources/${id}/files?file=logo.bin`);
  await expect(page.getByText("It has bytes that are no text.")).toBeVisible();
  await page.goto(`/sources/${id}/files?file=src/empty.txt`);
  await expect(page.getByText("The file is empty.")).toBeVisible();
  await page.goto(`/sources/${id}/files?file=gone.txt`);
  await expect(page.getByRole("alert")).toContainText('There is no file "gone.txt"');

  await page.setViewportSize({ width: 390, height: 844 });
  await page.goto(`/sources/${id}/files?folder=src/deep`);
  await list.getByRole("link", { name: /^main\.py/ }).click();
  await expect(list).toBeHidden();
  await page.getByRole("heading", { level: 1 }).getByRole("link", { name: "deep" }).click();
  await expect(list.getByRole("link", { name: /^main\.py/ })).toBeVisible();
});
