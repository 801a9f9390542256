/** The command's entry: reads the arguments, dispatches, and turns whatever happens into one exit code. */
import { Command, CommanderError } from "commander";
import { proxyCommand } from "./commands/proxy";
import { proxyWorkerCommand } from "./commands/proxy-worker";
import { renderCommand } from "./commands/render";
import { sampleCommand } from "./commands/sample";
import { upCommand } from "./commands/up";
import { CommandError, EXIT } from "./exit";
import { processTerminal } from "./terminal";

const terminal = processTerminal();

/** Leaves once stdout has taken everything: a pipe may be slow. */
function leave(code: number): void {
    process.exitCode = code;
    process.stdout.write("", () => process.exit(code));
}

/** What the user reads about an error, and the exit code it means. A stack trace only on request. */
function reportError(error: unknown): number {
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.ok : EXIT.usage;
    if (process.env["GATEHOUSE_DEBUG"]) process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`);
    if (error instanceof CommandError) {
        for (const one of error.findings) terminal.finding(one);
        if (error.message !== "") terminal.fault(error.message);
        return error.exitCode;
    }
    terminal.fault(`${error instanceof Error ? error.message : String(error)} (GATEHOUSE_DEBUG=1 says where)`);
    return EXIT.unable;
}

const EXAMPLES = `
Examples:
  gatehouse up                                      the project of this folder, or the quickstart, on this machine
  gatehouse up platform apps --check                two stacks together; send a request to everything they serve
  gatehouse render quickstart --out ./yaml          the objects as files, for kubectl or gatehouse proxy
  gatehouse proxy --config ./yaml --port-offset 8000

Exit codes: 0 fine, 1 a finding or failure, 2 wrong usage, 3 could not run.`;

/** Every level of commands throws instead of exiting, so that the exit code is decided here. */
function throwing(command: Command): Command {
    command.exitOverride().showHelpAfterError("(--help shows what there is)");
    return command;
}

function buildProgram(): Command {
    const program = throwing(new Command("gatehouse"))
        .description("Typed gateways for Kubernetes: run a stack locally, render it, serve it")
        .version(process.env["GATEHOUSE_VERSION"] ?? "0.0.0", "-V, --version")
        .addHelpText("after", EXAMPLES);
    for (const command of [upCommand(leave), renderCommand(leave), proxyCommand(leave)]) program.addCommand(throwing(command));
    for (const command of [proxyWorkerCommand(), sampleCommand(leave)]) program.addCommand(throwing(command), { hidden: true });
    return program;
}

/** Output that nobody reads any more (`| head`) is no fault. */
process.stdout.on("error", () => process.exit(EXIT.ok));
for (const event of ["uncaughtException", "unhandledRejection"] as const) process.on(event, (error: unknown) => leave(reportError(error)));

buildProgram().parseAsync(process.argv).catch((error: unknown) => leave(reportError(error)));
