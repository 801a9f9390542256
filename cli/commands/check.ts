/** `gatehouse check`: the policies over evaluated stacks. */
import { Command, Option } from "commander";
import { collectConfig, parseEnvironment } from "../options";
import { processTerminal } from "../terminal";

interface Options {
    readonly env: string;
    readonly config?: Record<string, string>;
    readonly policyConfig?: string;
    readonly output: "table" | "json";
}

export function checkCommand(done: (code: number) => void): Command {
    return new Command("check")
        .description("judge stacks by the policies, all of them together, without the Pulumi CLI")
        .argument("[stacks...]", "folders with a Pulumi.yaml, or names below stacks/ (default: this folder's project, or the quickstart)")
        .option("--env <name>", "the environment: the Pulumi stack's name", parseEnvironment, "dev")
        .option("-c, --config <key=value>", "a configuration value over the stack's own; may be repeated", collectConfig)
        .option(
            "--policy-config <file>",
            "levels and parameters of policies, as YAML or JSON, in the form of Pulumi's --policy-pack-config",
        )
        .addOption(new Option("-o, --output <format>", "how the result is written").choices(["table", "json"]).default("table"))
        .addHelpText(
            "after",
            `
Exit code 1 on a mandatory violation.

Examples:
  gatehouse check quickstart
  gatehouse check platform apps --policy-config policies.yaml -o json`,
        )
        .action(async (stacks: string[], options: Options) => {
            const { check } = require("../check") as typeof import("../check"); // oxlint-disable-line typescript/no-require-imports -- loaded when it is to run
            done(
                await check(
                    {
                        stacks,
                        env: options.env,
                        config: options.config ?? {},
                        output: options.output,
                        ...(options.policyConfig === undefined ? {} : { policyConfig: options.policyConfig }),
                    },
                    processTerminal(),
                ),
            );
        });
}
