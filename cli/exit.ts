/** The exit codes of every command, and the error that carries one. */
import type { Finding } from "../istio";

export const EXIT = {
    ok: 0,
    /** A finding, or a request that failed. */
    failure: 1,
    /** Wrong usage. */
    usage: 2,
    /** It could not run at all. */
    unable: 3,
} as const;
export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** Ends a command with an exit code and what the user has to read: a sentence, findings, or both. */
export class CommandError extends Error {
    readonly exitCode: ExitCode;
    readonly findings: readonly Finding[];

    constructor(exitCode: ExitCode, message: string, findings: readonly Finding[] = []) {
        super(message);
        this.name = "CommandError";
        this.exitCode = exitCode;
        this.findings = findings;
    }
}

const ERRNO_TEXT: Readonly<Record<string, string>> = {
    EACCES: "permission denied",
    EPERM: "not permitted",
    ENOENT: "no such file or folder",
    EEXIST: "there is a file of that name",
    ENOTDIR: "a part of the path is not a folder",
    EISDIR: "it is a folder",
    ENOSPC: "no space left on the device",
    EROFS: "the file system is read-only",
    EADDRINUSE: "the address is taken",
};

/** Why a system call failed, in words. */
export function errnoText(error: unknown): string {
    const { code, message } = error as NodeJS.ErrnoException;
    return (code !== undefined ? ERRNO_TEXT[code] : undefined) ?? message ?? String(error);
}
