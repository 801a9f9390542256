/** Private keys, and where they turn up: as PEM, in one line, or in base64 as a Secret has them. */
import { readdirSync, readFileSync, statSync } from "node:fs";
import path from "node:path";

const PEM = /-----BEGIN (?:[A-Z]+ )?PRIVATE KEY-----.*?-----END (?:[A-Z]+ )?PRIVATE KEY-----/gs;

/** The keys in a text in which line ends may be escaped, however often; each once, whatever its form. */
export function keysIn(text: string): string[] {
    const pems = [...text.replace(/\\+n/g, "\n").matchAll(PEM)].map(([pem]) => `${pem}\n`);
    return [...new Map(pems.map((pem) => [bodyOf(pem), pem])).values()];
}

/** The base64 between the lines of a PEM. */
function bodyOf(pem: string): string {
    return pem.replace(/-----[A-Z ]+-----|\s/g, "");
}

/**
 * Texts that stand in anything that has the key in clear: a line of the PEM, and a part of its base64, as Secrets have
 * it. A long form begins with the public half and ends with the private one, a short one the other way round.
 */
export function needlesOf(pem: string): string[] {
    const lines = pem.split("\n").filter((line) => line.length === 64);
    const again = Buffer.from(pem).toString("base64");
    const [line = "", part] = lines.length <= 3 ? [lines[0], again.slice(80, 140)] : [lines.at(-1), again.slice(-140, -80)];
    return [line, part];
}

/** Files below a folder that have any of the texts. */
export function filesWith(folder: string, needles: readonly string[]): string[] {
    return readdirSync(folder, { recursive: true, encoding: "utf8" })
        .filter((file) => statSync(path.join(folder, file)).isFile())
        .filter((file) => {
            const text = readFileSync(path.join(folder, file), "latin1");
            return needles.some((needle) => text.includes(needle));
        });
}
