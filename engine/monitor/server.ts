/** The gRPC side: Pulumi's ResourceMonitor and Engine services on loopback, over one deployment. */
import { createServer, type Server, type Socket } from "node:net";
import type { EngineProto, Grpc, ResourceProto, Sdk } from "../sdk";
import type { LogLine } from "../types";
import { MESSAGE_LIMIT } from "./callbacks";
import type { Deployment } from "./deployment";
import { DeploymentFailed, RefusedCall } from "./failure";
import { supportedFeatures, supportsFeature } from "./features";
import { fromStruct, toStruct } from "./messages";

/** Takes what the program logs. */
export type LogSink = (severity: LogLine["severity"], message: string, urn: string) => void;

type Handler = (request: never) => unknown;

/** A listening socket is there at once; the services join it when they are ready, so a program may start meanwhile. */
export interface Door {
    readonly address: string;
    serve(deployment: Deployment, sdk: Sdk, log: LogSink): void;
    close(): void;
}

export async function openDoor(): Promise<Door> {
    const waiting: Socket[] = [];
    const sockets = new Set<Socket>();
    let accept = (socket: Socket): void => {
        waiting.push(socket);
    };
    const listener: Server = createServer({ pauseOnConnect: true }, (socket) => {
        sockets.add(socket);
        socket.on("error", () => socket.destroy());
        socket.on("close", () => sockets.delete(socket));
        accept(socket);
    });
    await new Promise<void>((resolve, reject) => {
        listener.once("error", reject);
        listener.listen(0, "127.0.0.1", resolve);
    });
    const bound = listener.address();
    let server: Grpc.Server | undefined;
    return {
        address: `127.0.0.1:${typeof bound === "object" && bound ? bound.port : 0}`,
        serve(deployment, sdk, log) {
            server = makeServer(deployment, sdk, log);
            const injector = server.createConnectionInjector(sdk.grpc.ServerCredentials.createInsecure());
            accept = (socket) => {
                injector.injectConnection(socket);
                socket.resume();
            };
            for (const socket of waiting.splice(0)) accept(socket);
        },
        close() {
            listener.close();
            server?.forceShutdown();
            for (const socket of sockets) socket.destroy();
        },
    };
}

function makeServer(deployment: Deployment, sdk: Sdk, log: LogSink): Grpc.Server {
    const server = new sdk.grpc.Server(MESSAGE_LIMIT);
    const monitor = monitorHandlers(deployment, sdk);
    const engine = engineHandlers(deployment, sdk, log);
    server.addService(
        sdk.resourceServices.ResourceMonitorService,
        implementation(sdk, sdk.resourceServices.ResourceMonitorService, monitor, deployment),
    );
    server.addService(sdk.engineServices.EngineService, implementation(sdk, sdk.engineServices.EngineService, engine, deployment));
    return server;
}

/** One handler a method; a method without one is answered as gRPC answers an unknown method. */
function implementation(
    sdk: Sdk,
    service: object,
    handlers: Readonly<Record<string, Handler>>,
    deployment: Deployment,
): Grpc.UntypedServiceImplementation {
    const unimplemented = (): never => {
        throw Object.assign(new Error("not implemented"), { code: sdk.grpc.status.UNIMPLEMENTED });
    };
    return Object.fromEntries(
        Object.keys(service).map((method) => {
            const handler = handlers[method] ?? unimplemented;
            const serve: Grpc.handleUnaryCall<unknown, unknown> = (call, done) => {
                Promise.resolve()
                    .then(() => handler(call.request as never))
                    .then(
                        (response) => done(null, response),
                        (error: unknown) => done(status(sdk, deployment, error)),
                    );
            };
            return [method, serve];
        }),
    );
}

function status(sdk: Sdk, deployment: Deployment, error: unknown): Partial<Grpc.StatusObject> {
    if (error instanceof DeploymentFailed) {
        deployment.fail(error);
        return { code: sdk.grpc.status.UNAVAILABLE, details: "resource monitor shut down" };
    }
    const code = (error as { code?: unknown }).code;
    if (error instanceof RefusedCall || typeof code !== "number")
        return { code: sdk.grpc.status.UNKNOWN, details: (error as Error).message };
    return { code, details: (error as Error).message };
}

function monitorHandlers(deployment: Deployment, sdk: Sdk): Readonly<Record<string, Handler>> {
    const empty = (): unknown => new sdk.empty.Empty();
    /** Every request but questions about the deployment is turned away once it has failed. */
    const running =
        <Request>(handle: (request: Request) => unknown) =>
        async (request: Request): Promise<unknown> => {
            deployment.demandRunning();
            return handle(request);
        };
    return {
        supportsFeature: (request: ResourceProto.SupportsFeatureRequest) =>
            new sdk.resource.SupportsFeatureResponse().setHassupport(supportsFeature(request.getId())),
        getDeploymentInfo: () => deploymentInfo(deployment, sdk),
        registerResource: running(async (request: ResourceProto.RegisterResourceRequest) => {
            const resource = await deployment.register(request);
            const response = new sdk.resource.RegisterResourceResponse();
            response.setUrn(resource.urn);
            response.setId(resource.id ?? "");
            response.setObject(toStruct(sdk, resource.custom ? resource.outputs : resource.inputs));
            return response;
        }),
        registerResourceOutputs: running(async (request: ResourceProto.RegisterResourceOutputsRequest) => {
            await deployment.registerOutputs(request.getUrn(), fromStruct(request.getOutputs()));
            return empty();
        }),
        readResource: running(async (request: ResourceProto.ReadResourceRequest) => {
            const resource = await deployment.read(request);
            return new sdk.resource.ReadResourceResponse().setUrn(resource.urn).setProperties(toStruct(sdk, resource.outputs));
        }),
        invoke: running(async (request: ResourceProto.ResourceInvokeRequest) =>
            new sdk.resource.ResourceInvokeResponse().setReturn(toStruct(sdk, await deployment.functions.invoke(request))),
        ),
        call: running((request: ResourceProto.ResourceCallRequest) => deployment.functions.refuseCall(request.getTok())),
        registerStackTransform: running((request: never) => (deployment.transforms.registerStack(request), empty())),
        registerStackInvokeTransform: running((request: never) => (deployment.transforms.registerInvoke(request), empty())),
        registerResourceHook: running((request: never) => (deployment.hooks.register(request), empty())),
        registerErrorHook: running((request: never) => (deployment.hooks.registerError(request), empty())),
        registerPackage: running((request: ResourceProto.RegisterPackageRequest) =>
            new sdk.resource.RegisterPackageResponse().setRef(deployment.functions.registerPackage(request)),
        ),
        signalAndWaitForShutdown: running(empty),
    };
}

function deploymentInfo(deployment: Deployment, sdk: Sdk): unknown {
    const info = new sdk.resource.DeploymentInfo();
    info.setProject(deployment.name.project);
    info.setStack(deployment.name.stack);
    info.setOrganization(deployment.name.organization);
    for (const [key, value] of Object.entries(deployment.config.values)) info.getConfigMap().set(key, value);
    info.setConfigsecretkeysList([...deployment.config.secretKeys]);
    info.setDryrun(false);
    info.setSupportedfeaturesList(supportedFeatures(sdk));
    return info;
}

function engineHandlers(deployment: Deployment, sdk: Sdk, log: LogSink): Readonly<Record<string, Handler>> {
    const { DEBUG, WARNING, ERROR } = sdk.engine.LogSeverity;
    const severities: Readonly<Record<number, LogLine["severity"]>> = { [WARNING]: "warning", [ERROR]: "error" };
    let root = "";
    return {
        log: (request: EngineProto.LogRequest) => {
            // The SDK's debug messages hold whole responses, keys and all: they go no further.
            if (request.getSeverity() !== DEBUG) log(severities[request.getSeverity()] ?? "info", request.getMessage(), request.getUrn());
            return new sdk.empty.Empty();
        },
        getRootResource: () => new sdk.engine.GetRootResourceResponse().setUrn(root),
        setRootResource: (request: EngineProto.SetRootResourceRequest) => {
            deployment.demandRunning();
            root = request.getUrn();
            return new sdk.engine.SetRootResourceResponse();
        },
        // No version is right or wrong for an engine that is not the real one.
        requirePulumiVersion: () => new sdk.engine.RequirePulumiVersionResponse(),
    };
}
