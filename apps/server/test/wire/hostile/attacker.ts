import { type AttackName, attacks } from "./attacks.ts";

const [name = "", port = "", many = ""] = process.argv.slice(2);
const seen = await attacks[name as AttackName](Number(port), Number(many));
console.log(JSON.stringify(seen));
process.exit(0);
