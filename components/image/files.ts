/** What the image is built from: the package has it, a checkout lays it out from the sources. */
import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import path from "node:path";
import { promisify } from "node:util";
import { fault, type Fault } from "../arguments/faults";

/** Seen from the published entry, dist/components/image. */
const PACKAGED = path.resolve(__dirname, "../../image");
/** Seen from its source. */
const CHECKOUT = path.resolve(__dirname, "../..");
const LAY_OUT = path.join(CHECKOUT, "scripts", "image.js");

/** Where the program runs: the provider runs there too, and what Pulumi remembers then is the same on every machine. */
const fromHere = (folder: string): string => path.relative(process.cwd(), folder) || ".";

let laidOut: Promise<unknown> | undefined;

/** Once a process, so that no image is built of sources that have changed since. */
async function layOut(): Promise<string> {
    await (laidOut ??= promisify(execFile)(process.execPath, [LAY_OUT]));
    return path.join(CHECKOUT, "dist", "image");
}

/** The folder, or what is wrong with the package. */
export function imageFiles(): { readonly folder: string | Promise<string> } | Fault {
    if (existsSync(LAY_OUT)) return { folder: layOut().then(fromHere) };
    if (existsSync(path.join(PACKAGED, "Dockerfile"))) return { folder: fromHere(PACKAGED) };
    return fault("GH0231", "base", `the package lacks the files of the image (${PACKAGED}).`, "Install it again.");
}
