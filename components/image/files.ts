/** Where the package keeps what the image is built from. */
import { existsSync } from "node:fs";
import path from "node:path";
import { fault, type Fault } from "../arguments/faults";

/** Seen from the published entry, dist/components/image, and from its source. */
const FOLDERS = ["../../image", "../../dist/image"].map((folder) => path.resolve(__dirname, folder));

/**
 * The folder, relative to where the program runs: the provider runs there too, and what Pulumi remembers then is the
 * same on every machine. Undefined where it is not built.
 */
export function imageFiles(): string | undefined {
    const folder = FOLDERS.find((one) => existsSync(path.join(one, "Dockerfile")));
    return folder === undefined ? undefined : path.relative(process.cwd(), folder) || ".";
}

export function filesFaults(folder: string | undefined): Fault[] {
    return folder === undefined ? [fault("GH0231", "base", "the files of the image are not built.", "In a checkout, `npm run build` makes them; the published package has them.")] : [];
}
