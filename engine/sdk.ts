/**
 * The one door to the Pulumi SDK. Its protocol stubs, the gRPC library and the protobuf runtime must be one set of
 * instances, the ones the stubs themselves import; two copies do not recognise each other's messages. So they are
 * resolved at run time from a stack's own folder, and nothing else in this room imports them but as types.
 */
import { createRequire } from "node:module";
import path from "node:path";
import type * as Grpc from "@grpc/grpc-js";
import type * as ResourceProto from "@pulumi/pulumi/proto/resource_pb";
import type * as ResourceServices from "@pulumi/pulumi/proto/resource_grpc_pb";
import type * as EngineProto from "@pulumi/pulumi/proto/engine_pb";
import type * as EngineServices from "@pulumi/pulumi/proto/engine_grpc_pb";
import type * as CallbackProto from "@pulumi/pulumi/proto/callback_pb";
import type * as AliasProto from "@pulumi/pulumi/proto/alias_pb";
import type * as StructProto from "google-protobuf/google/protobuf/struct_pb";
import type * as EmptyProto from "google-protobuf/google/protobuf/empty_pb";
import { engineError } from "./errors";

/** The callback stub has no types of its own; this is the half of it that the engine calls. */
export interface CallbacksClient {
    invoke(
        request: CallbackProto.CallbackInvokeRequest,
        done: (error: Grpc.ServiceError | null, response: CallbackProto.CallbackInvokeResponse) => void,
    ): void;
    close(): void;
}

export interface CallbackServices {
    readonly CallbacksClient: new (address: string, credentials: Grpc.ChannelCredentials, options?: object) => CallbacksClient;
}

export interface Sdk {
    /** The SDK's own folder. */
    readonly root: string;
    /** The file that a program is run under. */
    readonly runner: string;
    readonly grpc: typeof Grpc;
    readonly resource: typeof ResourceProto;
    readonly resourceServices: typeof ResourceServices;
    readonly engine: typeof EngineProto;
    readonly engineServices: typeof EngineServices;
    readonly callback: typeof CallbackProto;
    readonly callbackServices: CallbackServices;
    readonly alias: typeof AliasProto;
    readonly struct: typeof StructProto;
    readonly empty: typeof EmptyProto;
}

export type { Grpc, ResourceProto, EngineProto, CallbackProto, AliasProto, StructProto, EmptyProto };

/** Loads the SDK that a program in this folder would import. */
export function loadSdk(folder: string): Sdk {
    const fromFolder = createRequire(path.join(folder, "package.json"));
    let root: string;
    try {
        root = path.dirname(fromFolder.resolve("@pulumi/pulumi/package.json"));
    } catch {
        throw engineError("GH0317", `@pulumi/pulumi is not installed for the program in ${folder}.`, { fix: "Run npm install there." });
    }
    // From the SDK's real place, so that its own dependencies are found as it finds them.
    const load = createRequire(path.join(root, "package.json"));
    return {
        root,
        runner: path.join(root, "cmd", "run"),
        grpc: load("@grpc/grpc-js") as typeof Grpc,
        resource: load("./proto/resource_pb") as typeof ResourceProto,
        resourceServices: load("./proto/resource_grpc_pb") as typeof ResourceServices,
        engine: load("./proto/engine_pb") as typeof EngineProto,
        engineServices: load("./proto/engine_grpc_pb") as typeof EngineServices,
        callback: load("./proto/callback_pb") as typeof CallbackProto,
        callbackServices: load("./proto/callback_grpc_pb") as CallbackServices,
        alias: load("./proto/alias_pb") as typeof AliasProto,
        struct: load("google-protobuf/google/protobuf/struct_pb") as typeof StructProto,
        empty: load("google-protobuf/google/protobuf/empty_pb") as typeof EmptyProto,
    };
}

/** The clients are gRPC's, which the SDK's types do not say. */
export interface Closable {
    close(): void;
}

/** The parts of the SDK's runtime that run a program in this process, as the Automation API does. */
export interface Runtime {
    readonly settings: Pick<typeof import("@pulumi/pulumi/runtime/settings"), "resetOptions" | "disconnect"> & {
        getMonitor(): Closable | undefined;
        getEngine(): Closable | undefined;
    };
    readonly config: Pick<typeof import("@pulumi/pulumi/runtime/config"), "setAllConfig">;
    readonly stack: Pick<typeof import("@pulumi/pulumi/runtime/stack"), "runInPulumiStack">;
    /** Not in the SDK's types; the Automation API gives each program a store of its own by it. */
    readonly state: { withLocalStorage<T>(run: () => Promise<T>): Promise<T> };
    readonly debuggable: { leakedPromises(): [leaks: ReadonlySet<unknown>, message: string] };
}

export function loadRuntime(sdk: Sdk): Runtime {
    const load = createRequire(path.join(sdk.root, "package.json"));
    return {
        settings: load("./runtime/settings") as Runtime["settings"],
        config: load("./runtime/config") as Runtime["config"],
        stack: load("./runtime/stack") as Runtime["stack"],
        state: load("./runtime/state") as Runtime["state"],
        debuggable: load("./runtime/debuggable") as Runtime["debuggable"],
    };
}
