/**
 * A sample is a small backend that a stack routes to. It knows its environment only, as a container would: where
 * files are mounted, which pod it plays. Each stands in a file of its own and hands back a server that does not listen
 * yet, so that a test, a local run and a container start it alike.
 */
import type { Server } from "node:net";
import path from "node:path";

export type SampleEnvironment = Readonly<Record<string, string | undefined>>;

export interface Sample {
    /** One line for `gatehouse sample --help`. */
    readonly summary: string;
    /** Paths with something to show, the best first; of HTTP backends only. */
    readonly paths?: readonly string[];
    /** Of gRPC backends: methods that answer an empty message with status OK, the best first. */
    readonly calls?: readonly string[];
    /** Throws where the environment lacks what the sample cannot do without. */
    create(environment: SampleEnvironment): Server;
}

/** What the downward API tells a container about its pod. */
export interface PodIdentity {
    readonly node: string;
    readonly pod: string;
    readonly namespace: string;
    readonly address: string;
    readonly serviceAccount: string;
}

/** The identity in the variables that the stacks fill from the downward API. */
export function podIdentity(environment: SampleEnvironment): PodIdentity {
    return {
        node: environment["NODE_NAME"] ?? "local",
        pod: environment["POD_NAME"] ?? "local",
        namespace: environment["POD_NAMESPACE"] ?? "default",
        address: environment["POD_IP"] ?? "127.0.0.1",
        serviceAccount: environment["SERVICE_ACCOUNT"] ?? "default",
    };
}

/** Where a path inside the container really is: below FILE_ROOT, when a local run lays its volumes out there. */
export function mountedFile(environment: SampleEnvironment, file: string): string {
    const fileRoot = environment["FILE_ROOT"];
    return fileRoot ? path.join(fileRoot, file) : file;
}

/** The path of a request without its query. Not by URL: a gateway under test sends targets that URL refuses, as `//`. */
export function pathOf(target: string | undefined): string {
    return (target ?? "/").split("?", 1)[0] ?? "/";
}
