/** Writes JSON Schemas of the kinds: to stdout, or to a folder. */
import { mkdir, writeFile } from "node:fs/promises";
import path from "node:path";
import { documentSchema, JSON_SCHEMA_DRAFT, kindSchema, KINDS, type JsonSchema, type Kind } from "../istio";
import { CommandError, errnoText, EXIT } from "./exit";
import type { Terminal } from "./terminal";

const ofKind = (kind: Kind): JsonSchema => ({ $schema: JSON_SCHEMA_DRAFT, ...kindSchema(kind) });
const json = (schema: JsonSchema): string => JSON.stringify(schema, undefined, 2);

export async function writeSchemas(asked: { readonly kind?: Kind; readonly out?: string }, terminal: Terminal): Promise<number> {
    const { kind, out } = asked;
    if (out === undefined) {
        terminal.print(json(kind ? ofKind(kind) : documentSchema(KINDS)));
        return EXIT.ok;
    }
    const files = new Map((kind ? [kind] : KINDS).map((one) => [`${one.toLowerCase()}.json`, ofKind(one)]));
    if (!kind) files.set("all.json", documentSchema(KINDS));
    try {
        await mkdir(out, { recursive: true });
        for (const [name, schema] of files) await writeFile(path.join(out, name), `${json(schema)}\n`);
    } catch (error) {
        throw new CommandError(EXIT.unable, `${out} can't be written: ${errnoText(error)}`);
    }
    terminal.print([...files.keys()].map((name) => path.join(out, name)).join("\n"));
    return EXIT.ok;
}
