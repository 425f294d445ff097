/** einsum: PyTorch's numbers, other equations, errors. */
import { cast, einsum, mul, sum, tensor } from "../../src/index.ts";
import fixture from "../fixtures/matmul.json" with { type: "json" };
import { assertClose, assertShape, assertThrows, type DeviceCase, testNumbers } from "./case.ts";

const fixtureCases = fixture.cases
  .filter((c) => c.expression.includes("einsum"))
  .map(
    (c): DeviceCase => ({
      name: `${c.name}: as PyTorch`,
      async run(device) {
        const a = tensor(c.a.data, { device, shape: c.a.shape, requiresGrad: true });
        const b = tensor(c.b.data, { device, shape: c.b.shape, requiresGrad: true });
        const y = einsum(c.expression.split("'")[1], a, b);
        assertShape(y, c.y.shape);
        // Sums of at most five products in f32.
        await assertClose(y, c.y.data, 1e-6, "y");
        sum(mul(y, tensor(c.w.data, { device, shape: c.w.shape }))).backward();
        await assertClose(a.grad!, c.grads.a.data, 2e-6, "da");
        await assertClose(b.grad!, c.grads.b.data, 2e-6, "db");
      },
    }),
  );

const SIZES: Record<string, number> = { b: 2, h: 3, i: 4, j: 5, k: 2, d: 3 };
const EQUATIONS = [
  "ij,jk->ik",
  "ij,jk->ki",
  "ij,jk",
  "bij,bkj->bik",
  "bhid,bhjd->hbji",
  "ijk,kjd->id",
  "ij,ij->",
  "i,j->ji",
  "bij,j->bi",
  "ijd,ijk->dk",
  "bhi,j->hj",
  "ij->ji",
  "ijk->j",
  "bij->",
];

/** The sum by its definition: every combination of labels. */
function byDefinition(equation: string, operands: Float32Array[]): Float64Array {
  const [left, right] = equation.split("->");
  const inputs = left.split(",");
  const all = [...new Set([...left.replace(",", "")])];
  const implicit = all.filter((label) => left.indexOf(label) === left.lastIndexOf(label)).sort();
  const output = right === undefined ? implicit : [...right];
  const result = new Float64Array(output.reduce((n, label) => n * SIZES[label], 1));
  const combinations = all.reduce((n, label) => n * SIZES[label], 1);
  for (let c = 0; c < combinations; c++) {
    const index: Record<string, number> = {};
    let rest = c;
    for (const label of all) {
      index[label] = rest % SIZES[label];
      rest = Math.floor(rest / SIZES[label]);
    }
    const at = (labels: Iterable<string>): number =>
      [...labels].reduce((offset, label) => offset * SIZES[label] + index[label], 0);
    result[at(output)] += inputs.reduce((product, labels, i) => product * operands[i][at(labels)], 1);
  }
  return result;
}

export const einsumCases: DeviceCase[] = [
  ...fixtureCases,
  {
    name: "einsum: equations against the definition",
    async run(device) {
      for (const equation of EQUATIONS) {
        const inputs = equation.split("->")[0].split(",");
        const shapes = inputs.map((labels) => [...labels].map((label) => SIZES[label]));
        const values = shapes.map((shape, i) =>
          testNumbers(
            shape.reduce((n, size) => n * size, 1),
            i + 1,
          ),
        );
        const operands = values.map((data, i) => tensor(data, { device, shape: shapes[i] }));
        // Sums of at most 60 products below 4.
        await assertClose(einsum(equation, ...operands), byDefinition(equation, values), 1e-5, equation);
      }
    },
  },
  {
    name: "einsum: equations it cannot read",
    async run(device) {
      const x = tensor(testNumbers(6), { device, shape: [2, 3] });
      const refused: [string, string][] = [
        ["ii->i", 'repeats a label within "ii"; diagonals are not supported'],
        ["...i->i", "has an ellipsis; name every axis"],
        ["ij,jk->ik", "names 2 operands, got 1"],
        ["ij->ik", 'asks for "k", which no operand has'],
        ["ij->ii", 'repeats a label in the output "ii"'],
        ["i1->i", 'has the label "1"; labels are single letters'],
        ["ij->i->j", "has more than one ->"],
        ["ijk->i", '"ijk" names 3 axes, operand 1 is [2, 3]'],
      ];
      for (const [equation, message] of refused) await assertThrows(() => einsum(equation, x), message);
      await assertThrows(
        () => einsum("ij,jk->ik", x, x),
        'einsum: "j" is 3 in operand 1 [2, 3] and 2 in operand 2 [2, 3]',
      );
      await assertThrows(() => einsum("i,j,k->ijk", x, x, x), "contract two at a time");
      await assertThrows(
        () => einsum("ij->i", cast(x, "i32")),
        "einsum: operand 1 [2, 3] is i32, expected f32",
      );
    },
  },
];
