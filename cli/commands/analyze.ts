/** `gatehouse analyze`: what is wrong between the objects of folders, files and stacks, by Istio's own codes. */
import { Command, InvalidArgumentError, Option } from "commander";
import type { Level, Suppression } from "../../istio";
import { parseSuppression } from "../../istio/analysis/suppression";
import { collectConfig, parseEnvironment } from "../options";
import { processTerminal } from "../terminal";

interface Options {
    readonly env: string;
    readonly config?: Record<string, string>;
    readonly namespace: string;
    readonly output: "table" | "json" | "yaml" | "github";
    readonly failureThreshold: Level;
    readonly suppress?: Suppression[];
    readonly defaultGateway: boolean;
}

function collectSuppression(text: string, before: readonly Suppression[] = []): Suppression[] {
    const suppression = parseSuppression(text);
    if (!suppression)
        throw new InvalidArgumentError('Wanted CODE=Kind name.namespace, as in "IST0101=Gateway web.shop"; * stands for any characters.');
    return [...before, suppression];
}

function parseNamespace(text: string): string {
    if (!/^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/.test(text))
        throw new InvalidArgumentError("Wanted a namespace: small letters, digits and inner hyphens.");
    return text;
}

export function analyzeCommand(done: (code: number) => void): Command {
    return new Command("analyze")
        .description("find what is wrong between the objects of a configuration, by Istio's own codes, without a cluster")
        .argument("<targets...>", "folders (with all below them), files, or stacks; together they are one configuration")
        .option("-n, --namespace <ns>", "the namespace of objects that name none", parseNamespace, "default")
        .addOption(
            new Option("-o, --output <format>", "how the result is written").choices(["table", "json", "yaml", "github"]).default("table"),
        )
        .addOption(
            new Option("--failure-threshold <level>", "the least level that makes exit code 1")
                .choices(["Error", "Warning", "Info"])
                .default("Error"),
        )
        .option(
            "-S, --suppress <code=object>",
            'leave out a code for an object: "CODE=Kind name.namespace", with * for any characters; may be repeated',
            collectSuppression,
        )
        .option("--no-default-gateway", "take no ingress gateway of Istio's own for granted: what the targets do not bring is not there")
        .option("--env <name>", "the environment of stacks: the Pulumi stack's name", parseEnvironment, "dev")
        .option("-c, --config <key=value>", "a configuration value over the stacks' own; may be repeated", collectConfig)
        .addHelpText(
            "after",
            `
An existing path wins over a stack's name; stack:NAME asks for the stack. JSON and YAML are as istioctl analyze writes them.

Examples:
  gatehouse analyze ./manifests
  gatehouse analyze quickstart --failure-threshold Warning
  gatehouse analyze ./manifests -o github --suppress "IST0118=Service *.legacy"`,
        )
        .action(async (targets: string[], options: Options) => {
            const { analyzeTargets } = require("../analyze") as typeof import("../analyze"); // oxlint-disable-line typescript/no-require-imports -- loaded when it is to run
            done(
                await analyzeTargets(
                    {
                        targets,
                        env: options.env,
                        config: options.config ?? {},
                        namespace: options.namespace,
                        output: options.output,
                        failureThreshold: options.failureThreshold,
                        suppressions: options.suppress ?? [],
                        defaultGateway: options.defaultGateway,
                    },
                    processTerminal(),
                ),
            );
        });
}
