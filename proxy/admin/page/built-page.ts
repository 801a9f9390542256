/**
 * The page's own files: what the build has put in, and where the sources run as they are, what the build's recipe makes of
 * them now.
 */
import { createRequire } from "node:module";
import path from "node:path";

export interface BuiltPage {
    readonly html: string;
    readonly css: string;
    readonly js: string;
}

let built: BuiltPage | undefined;

export function builtPage(): BuiltPage {
    return (built ??= read());
}

function read(): BuiltPage {
    const text = process.env["GATEHOUSE_PAGE"];
    if (text !== undefined) return JSON.parse(text) as BuiltPage;
    const recipe = createRequire(__filename)(path.resolve(__dirname, "../../../scripts/page.js")) as { pageFiles(): BuiltPage };
    return recipe.pageFiles();
}
