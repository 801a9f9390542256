/** `gatehouse proxy-status`: whether proxies serve what their source has. */
import { Command, Option } from "commander";
import type { Format } from "../introspect";
import { processTerminal } from "../terminal";
import { OUTPUTS, reachable, reachOf, type ReachOptions } from "./introspect-options";

interface Options extends ReachOptions {
    readonly output: Format;
}

export function proxyStatusCommand(done: (code: number) => void): Command {
    const command = new Command("proxy-status").alias("ps").description("What each proxy has, against what the source has");
    return reachable(command, true)
        .addOption(new Option("-o, --output <format>", "how the result is written").choices(OUTPUTS).default("table"))
        .addHelpText(
            "after",
            `
SYNCED: it serves what the source has. STALE: it does not yet, and since when. REJECTED: an object is not in force as it
stands, which one and why. NOT SENT: nothing was read yet. The exit code is 1 where something is not in sync.

Examples:
  gatehouse proxy-status
  gatehouse proxy-status --admin http://127.0.0.1:15000 --admin http://127.0.0.1:15001
  gatehouse proxy-status --gateway istio-ingress/public -o json`,
        )
        .action(async (options: Options) => {
            const { proxyStatus } = require("../introspect") as typeof import("../introspect"); // oxlint-disable-line typescript/no-require-imports -- loaded when it is to run
            done(await proxyStatus({ ...reachOf(options), output: options.output }, processTerminal()));
        });
}
