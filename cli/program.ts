/** One program of the command line: reads the arguments, dispatches, and turns whatever happens into one exit code. */
import { Command, CommanderError } from "commander";
import { CommandError, EXIT } from "./exit";
import { processTerminal } from "./terminal";

/** Ends the process with an exit code, once stdout has taken everything. */
export type Leave = (code: number) => void;

export interface Program {
    readonly description: string;
    /** Below the help's list of commands. */
    readonly help: string;
    readonly commands: (leave: Leave) => readonly Command[];
    /** What processes start, not people. */
    readonly hidden: (leave: Leave) => readonly Command[];
}

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

/** Every level of commands throws instead of exiting, so that the exit code is decided here. */
function throwing(command: Command): Command {
    command.exitOverride().showHelpAfterError("(--help shows what there is)");
    for (const below of command.commands) throwing(below);
    return command;
}

function buildProgram({ description, help, commands, hidden }: Program): Command {
    const program = throwing(new Command("gatehouse"))
        .description(description)
        .version(process.env["GATEHOUSE_VERSION"] ?? "0.0.0", "-V, --version")
        .addHelpText("after", help);
    for (const command of commands(leave)) program.addCommand(throwing(command));
    for (const command of hidden(leave)) program.addCommand(throwing(command), { hidden: true });
    return program;
}

/** Runs it with the arguments of this process. */
export function runProgram(program: Program): void {
    // Output that nobody reads any more (`| head`) is no fault.
    process.stdout.on("error", () => process.exit(EXIT.ok));
    for (const event of ["uncaughtException", "unhandledRejection"] as const)
        process.on(event, (error: unknown) => leave(reportError(error)));
    buildProgram(program)
        .parseAsync(process.argv)
        .catch((error: unknown) => leave(reportError(error)));
}
