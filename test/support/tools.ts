/** Programs that a test needs and that the project neither brings nor needs: without them it is skipped, and says so. */
import { existsSync } from "node:fs";
import path from "node:path";
import { findTool } from "../../harness/tools";
import { root } from "./checkout";

export { findTool } from "../../harness/tools";

const FOLDERS = "in $GATEHOUSE_TOOLS, on PATH or in ~/.cache/gatehouse-tools";

/** The paths of all these tools by name; skips the test for want of any, saying so. Where they must be there, it fails instead. */
export function needTools<N extends string>(context: Mocha.Context, what: string, ...names: readonly N[]): Record<N, string> {
    const found = names.map((name) => [name, findTool(name)] as const);
    const missing = found.filter(([, file]) => file === undefined).map(([name]) => name);
    if (missing.length > 0) skipFor(context, what, `${missing.join(", ")} (${FOLDERS})`);
    return Object.fromEntries(found) as Record<N, string>;
}

/** Skips a test for want of a package of the machine's own, saying which. */
export function skipWithout(context: Mocha.Context, what: string, missing: string): never {
    console.log(`      skipped: ${what} (needs ${missing})`);
    return context.skip();
}

/** Skips a test, saying what is missing; where the continuous integration has all the tools at hand nothing may be skipped. */
export function skipFor(context: Mocha.Context, what: string, missing: string): never {
    if (process.env.CI && existsSync(path.join(root, "../shared/tools")))
        throw new Error(`${what} may not be skipped here, but there is no ${missing}`);
    console.log(`      skipped: ${what} (needs ${missing}; npm run e2e:tools says how to get it)`);
    return context.skip();
}
