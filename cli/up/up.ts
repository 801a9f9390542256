/** Resolves the stacks, runs the session, and hands it the signals of this process. */
import path from "node:path";
import type { ExitCode } from "../exit";
import { fileSystemLookup } from "../stack/lookup";
import { defaultStack, resolveStack } from "../stack/resolve";
import type { Terminal } from "../terminal";
import { Session, type SessionOptions } from "./session";

export interface UpOptions extends Omit<SessionOptions, "dirs"> {
    /** As they were written. */
    readonly stacks: readonly string[];
}

export async function up(options: UpOptions, terminal: Terminal): Promise<ExitCode> {
    const { stacks, state, ...rest } = options;
    const lookup = fileSystemLookup();
    const dirs = stacks.length === 0 ? [defaultStack(lookup)] : stacks.map((stack) => resolveStack(stack, lookup));
    const session = new Session({ ...rest, dirs, ...(state === undefined ? {} : { state: path.resolve(state) }) }, terminal);
    for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => session.end());
    return session.run();
}
