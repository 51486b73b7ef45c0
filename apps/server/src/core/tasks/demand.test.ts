import { describe, expect, it } from "vitest";
import { fits, parseQuantity, processLimit, subtract, toDemand } from "#core/tasks/demand.ts";

describe("quantities in Kubernetes notation", () => {
  it.each([
    ["2", 2],
    ["0.5", 0.5],
    [".5", 0.5],
    ["500m", 0.5],
    ["4Gi", 4 * 2 ** 30],
    ["128974848", 128_974_848],
    ["129e6", 129e6],
    ["129M", 129e6],
    ["1E", 1e18],
    ["1k", 1_000],
  ])("%s is %d", (text, value) => {
    expect(parseQuantity(text, "memory")).toBe(value);
  });

  it.each(["", "x", "4GB", "-1", "1 Gi", "0x10", "Infinity", "1Zi", "1.2.3"])(
    "refuses %j with the field's name",
    (text) => {
      expect(() => parseQuantity(text, "resources.memory")).toThrow(/resources\.memory: .* is not a quantity/);
    },
  );

  it("turns CPUs into thousandths and reserves no disk", () => {
    expect(toDemand({ cpu: "0.5", memory: "1Ki", storage: "1Ti", "nvidia.com/gpu": "2" })).toEqual({
      cpu: 500,
      memory: 1_024,
      "nvidia.com/gpu": 2,
    });
  });
});

describe("a limit of processes", () => {
  it("is a whole number, and reserves nothing", () => {
    expect(processLimit({ pids: "100" })).toBe(100);
    expect(processLimit({ cpu: "1" })).toBeUndefined();
    expect(toDemand({ pids: "100" })).toEqual({});
  });

  it.each(["0", "0.5", "5M", "many"])("refuses %j with the field's name", (pids) => {
    expect(() => toDemand({ pids })).toThrow(/^resources\.pids: /);
  });
});

describe("room on a machine", () => {
  it("has what is left of everything, and nothing of what it does not know", () => {
    const free = subtract({ cpu: 2_000, memory: 100 }, [{ cpu: 500 }, { cpu: 700, memory: 200 }]);
    expect(free).toEqual({ cpu: 800, memory: 0 });
    expect(fits({ cpu: 800 }, free)).toBe(true);
    expect(fits({ cpu: 801 }, free)).toBe(false);
    expect(fits({ "nvidia.com/gpu": 1 }, free)).toBe(false);
    expect(fits({}, {})).toBe(true);
  });
});
