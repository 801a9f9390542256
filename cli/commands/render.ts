/** `gatehouse render`: the objects of a stack as YAML files. */
import { Command } from "commander";
import { collectConfig, parseEnvironment } from "../options";
import { processTerminal } from "../terminal";

interface Options {
    readonly out: string;
    readonly env: string;
    readonly config?: Record<string, string>;
}

export function renderCommand(done: (code: number) => void): Command {
    return new Command("render")
        .description("write the objects of a stack as YAML files, one object each, without a cluster")
        .argument("<stack>", "a folder with a Pulumi.yaml, or a name below stacks/")
        .requiredOption("--out <dir>", "the folder for the files; what an earlier run made there and this one does not is removed")
        .option("--env <name>", "the environment: the Pulumi stack's name", parseEnvironment, "dev")
        .option("-c, --config <key=value>", "a configuration value over the stack's own; may be repeated", collectConfig)
        .addHelpText(
            "after",
            `
Examples:
  gatehouse render quickstart --out ./yaml
  gatehouse render ./infra --out ./yaml --env prod -c domain=example.com`,
        )
        .action(async (stack: string, options: Options) => {
            const { render } = require("../render") as typeof import("../render"); // oxlint-disable-line typescript/no-require-imports -- loaded when it is to run
            done(await render({ stack, out: options.out, env: options.env, config: options.config ?? {} }, processTerminal()));
        });
}
