/** `gatehouse dump`: a support bundle. */
import { Command } from "commander";
import { processTerminal } from "../terminal";
import { reachable, reachOf, type ReachOptions } from "./introspect-options";

interface Options extends ReachOptions {
    readonly out?: string;
}

export function dumpCommand(done: (code: number) => void): Command {
    const command = new Command("dump").description("A support bundle of running proxies, without any secret");
    return reachable(command, true)
        .option("--out <file>", "where it is written (default: gatehouse-dump-TIME.tar.gz here); - is stdout")
        .addHelpText(
            "after",
            `
In it: the configuration, findings, endpoints, figures, how it stands with the source, versions, levels of the log. No key, no
password, no value of a header that may be one.

Examples:
  gatehouse dump
  gatehouse dump --gateway istio-ingress/public --out public.tar.gz`,
        )
        .action(async (options: Options) => {
            const { writeDump } = require("../introspect") as typeof import("../introspect"); // oxlint-disable-line typescript/no-require-imports -- loaded when it is to run
            done(await writeDump({ ...reachOf(options), ...(options.out === undefined ? {} : { out: options.out }) }, processTerminal()));
        });
}
