/** `gatehouse schema`: JSON Schemas of the kinds, for editors. */
import { Argument, Command, InvalidArgumentError } from "commander";
import { didYouMean } from "../../istio/did-you-mean";
import { KINDS, type Kind } from "../../istio/types/kind";
import { processTerminal } from "../terminal";

interface Options {
    readonly out?: string;
}

function parseKind(text: string): Kind {
    const kind = KINDS.find((one) => one.toLowerCase() === text.toLowerCase());
    if (!kind) {
        const near = didYouMean(text, KINDS);
        throw new InvalidArgumentError(`Wanted one of ${KINDS.join(", ")}.${near === undefined ? "" : ` Did you mean ${near}?`}`);
    }
    return kind;
}

export function schemaCommand(done: (code: number) => void): Command {
    return new Command("schema")
        .description("print the JSON Schema of a kind, or of all of them in one, for editors")
        .addArgument(
            new Argument("[kind]", "one kind, as VirtualService (default: a schema for files of any of them)")
                .choices(KINDS)
                .argParser(parseKind),
        )
        .option("--out <dir>", "write a file for each kind there, and all.json for any of them")
        .addHelpText(
            "after",
            `
Examples:
  gatehouse schema > gatehouse.schema.json
  gatehouse schema VirtualService
  gatehouse schema --out ./schemas`,
        )
        .action(async (kind: Kind | undefined, options: Options) => {
            const { writeSchemas } = require("../schemas") as typeof import("../schemas"); // oxlint-disable-line typescript/no-require-imports -- loaded when it is to run
            done(await writeSchemas({ kind, out: options.out }, processTerminal()));
        });
}
