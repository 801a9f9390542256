/** Where the checkout is, and what sources it has. */
import { readdirSync } from "node:fs";
import path from "node:path";

export const root = path.resolve(__dirname, "../..");

/** TypeScript sources below a folder of the checkout, relative to its root, sorted. */
export function sourcesBelow(folder: string): string[] {
    return readdirSync(path.join(root, folder), { recursive: true, encoding: "utf8" })
        .filter((file) => file.endsWith(".ts") && !file.split(path.sep).some((part) => part === "node_modules" || part === ".gatehouse"))
        .map((file) => path.join(folder, file))
        .sort();
}
