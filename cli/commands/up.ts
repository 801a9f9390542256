/** `gatehouse up`: a stack on this machine, with the same proxy and real TLS. */
import { Command, Option } from "commander";
import { collectConfig, parseEnvironment, parsePortOffsetOrAuto } from "../options";
import { processTerminal } from "../terminal";

interface Options {
    readonly env: string;
    readonly cluster?: string;
    readonly config?: Record<string, string>;
    readonly portOffset: number | "auto";
    readonly watch?: boolean;
    readonly state?: string;
    readonly check?: boolean;
    readonly open?: boolean;
    readonly rootNamespace?: string;
    readonly ignoreSecurityPolicies?: boolean;
    readonly output: "table" | "json";
}

export function upCommand(done: (code: number) => void): Command {
    return new Command("up")
        .description("evaluate stacks and serve them on this machine, until Ctrl-C")
        .argument("[stacks...]", "folders with a Pulumi.yaml, or names below stacks/ (default: this folder's project, or the quickstart)")
        .option("--env <name>", "the environment: the Pulumi stack's name", parseEnvironment, "dev")
        .option("-c, --config <key=value>", "a configuration value over the stack's own; may be repeated", collectConfig)
        .option("--cluster <name>", "of a program for several clusters the one to play: its provider's name, or default")
        .option(
            "--port-offset <n|auto>",
            "added to the ports that gateways declare, where that is free; auto takes any free ones",
            parsePortOffsetOrAuto,
            8000,
        )
        .option("--watch", "evaluate again when a file of the program is saved; errors keep what was good last")
        .option(
            "--state <dir>",
            "where keys, certificates and the run's files are kept (default: .gatehouse beside the first stack's Pulumi.yaml)",
        )
        .addOption(
            new Option("--check", "send a request to everything that is served, report, and end; exit code 1 where one fails").conflicts(
                "watch",
            ),
        )
        .addOption(new Option("--open", "show the live page of the first gateway in a browser").conflicts("check"))
        .option("--root-namespace <ns>", "namespace of what is for the whole mesh, as for the proxy")
        .option("--ignore-security-policies", "start the gateways with this switch: what a policy restricts is served none the less")
        .addOption(new Option("-o, --output <format>", "how the result is written").choices(["table", "json"]).default("table"))
        .addHelpText(
            "after",
            `
Examples:
  gatehouse up
  gatehouse up platform apps --watch
  gatehouse up quickstart --check -o json --port-offset auto`,
        )
        .action(async (stacks: string[], options: Options) => {
            const { up } = require("../up") as typeof import("../up"); // oxlint-disable-line typescript/no-require-imports -- loaded when it is to run
            done(
                await up(
                    {
                        stacks,
                        env: options.env,
                        config: options.config ?? {},
                        portOffset: options.portOffset,
                        ...(options.cluster === undefined ? {} : { cluster: options.cluster }),
                        watch: options.watch ?? false,
                        ...(options.state === undefined ? {} : { state: options.state }),
                        check: options.check ?? false,
                        open: options.open ?? false,
                        ...(options.rootNamespace === undefined ? {} : { rootNamespace: options.rootNamespace }),
                        ignoreSecurityPolicies: options.ignoreSecurityPolicies ?? false,
                        output: options.output,
                    },
                    processTerminal(),
                ),
            );
        });
}
