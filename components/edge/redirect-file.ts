/** Redirects of a file, which is read when the program runs; of a line that is none the file and the line are told. */
import { readFileSync } from "node:fs";
import { formatOf, readRedirectText } from "../../istio/semantics";
import { fault, type Fault } from "../arguments";
import type { RedirectArgs, RedirectsArgs } from "./redirects";

export interface ReadRedirectFile {
    readonly redirects: readonly RedirectArgs[] | RedirectsArgs | undefined;
    readonly faults: readonly Fault[];
}

const MOST_FAULTS = 20;

/** The same with the file's lines among the list. */
export function withRedirectFile(path: string, given: readonly RedirectArgs[] | RedirectsArgs | undefined): ReadRedirectFile {
    const isObject = typeof given === "object" && given !== null && !Array.isArray(given);
    const { file, ...rest } = isObject ? (given as RedirectsArgs) : {};
    if (typeof file !== "string") return { redirects: given, faults: [] };
    const wrong = (message: string, fix = ""): ReadRedirectFile => ({
        redirects: { ...rest, list: rest.list ?? [] },
        faults: [fault("GH0210", `${path}.file`, message, fix)],
    });
    const format = formatOf(file);
    if (format === undefined)
        return wrong(`${JSON.stringify(file)} is no table by its name.`, "Give one that ends in .csv, .tsv or .json.");
    let text: string;
    try {
        text = readFileSync(file, "utf8");
    } catch (error) {
        return wrong(`${JSON.stringify(file)} can't be read (${(error as NodeJS.ErrnoException).code ?? "unknown"}).`);
    }
    const read = readRedirectText(text, format);
    if ("fault" in read) return wrong(`${file}: ${read.fault}.`);
    const told = read.faults
        .slice(0, MOST_FAULTS)
        .map(({ at, fault: message }) => fault("GH0210", `${path}.file`, `${file} ${at}: ${message}.`));
    return { redirects: { ...rest, list: [...(rest.list ?? []), ...read.rows.map(({ redirect }) => redirect)] }, faults: told };
}
