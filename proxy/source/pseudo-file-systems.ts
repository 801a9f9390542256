/**
 * File systems whose files are the kernel's answers: reading some of them waits for ever, others have no end, and a walk
 * meets every process of the machine. Nobody keeps resources or certificates there.
 */
import { statfsSync } from "node:fs";

/** statfs(2) names them so. */
const PSEUDO: ReadonlyMap<number, string> = new Map([
    [0x9fa0, "proc"],
    [0x62656572, "sysfs"],
    [0x27e0eb, "cgroup"],
    [0x63677270, "cgroup2"],
    [0x64626720, "debugfs"],
    [0x74726163, "tracefs"],
    [0x1cd1, "devpts"],
    [0x73636673, "securityfs"],
    [0xcafe4a11, "bpf"],
    [0x19800202, "mqueue"],
    [0x6165676c, "pstore"],
    [0xde5e81e4, "efivarfs"],
    [0xf97cff8c, "selinux"],
]);

/** The name of the pseudo file system that a path leads to; undefined: it is one of files. */
export function pseudoFileSystem(path: string): string | undefined {
    return PSEUDO.get(statfsSync(path).type);
}
