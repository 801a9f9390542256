/** Makes the examples that the configuration names, as `policy` names and a side: `bad` or `fixed`. */
import * as pulumi from "@pulumi/pulumi";
import { make, sections } from "../../../../policy/support/page";

const config = new pulumi.Config();
const side = config.require("side") as "bad" | "fixed";
const names = config.requireObject<string[]>("names");

for (const section of sections()) if (names.includes(section.name)) make(section[side], {}, `${section.name}-`);
