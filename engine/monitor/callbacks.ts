/** Calls back into the program: transforms and hooks are functions of its own, which it serves on an address. */
import type { CallbackProto, CallbacksClient, ResourceProto, Sdk } from "../sdk";
import type { PropertyMap } from "../types";
import { fromStruct, toStruct } from "./messages";

/** What a callback threw, as the program's runtime worded it. */
export class CallbackFailed extends Error {}

export class Callbacks {
    readonly #sdk: Sdk;
    readonly #clients = new Map<string, CallbacksClient>();

    constructor(sdk: Sdk) {
        this.#sdk = sdk;
    }

    close(): void {
        for (const client of this.#clients.values()) client.close();
        this.#clients.clear();
    }

    /** Runs one transform and gives back the properties and options as it left them. */
    async transform(callback: CallbackProto.Callback, request: ResourceProto.TransformRequest): Promise<Transformed> {
        const response = this.#sdk.resource.TransformResponse.deserializeBinary(await this.#invoke(callback, request));
        return { properties: fromStruct(response.getProperties()), options: response.getOptions() ?? request.getOptions() };
    }

    async transformInvoke(
        callback: CallbackProto.Callback,
        token: string,
        args: PropertyMap,
        options: ResourceProto.TransformInvokeOptions,
    ): Promise<TransformedInvoke> {
        const request = new this.#sdk.resource.TransformInvokeRequest();
        request.setToken(token);
        request.setArgs(toStruct(this.#sdk, args));
        request.setOptions(options);
        const response = this.#sdk.resource.TransformInvokeResponse.deserializeBinary(await this.#invoke(callback, request));
        return { args: fromStruct(response.getArgs()), options: response.getOptions() ?? options };
    }

    /** Runs one resource hook; a hook that throws answers with its message. */
    async hook(callback: CallbackProto.Callback, request: ResourceProto.ResourceHookRequest): Promise<string | undefined> {
        const response = this.#sdk.resource.ResourceHookResponse.deserializeBinary(await this.#invoke(callback, request));
        return response.getError() || undefined;
    }

    async errorHook(
        callback: CallbackProto.Callback,
        request: ResourceProto.ErrorHookRequest,
    ): Promise<{ error?: string; retry: boolean }> {
        const response = this.#sdk.resource.ErrorHookResponse.deserializeBinary(await this.#invoke(callback, request));
        return { ...(response.getError() ? { error: response.getError() } : {}), retry: response.getRetry() };
    }

    #invoke(callback: CallbackProto.Callback, message: { serializeBinary(): Uint8Array }): Promise<Uint8Array> {
        const request = new this.#sdk.callback.CallbackInvokeRequest();
        request.setToken(callback.getToken());
        request.setRequest(message.serializeBinary());
        return new Promise((resolve, reject) => {
            this.#client(callback.getTarget()).invoke(request, (error, response) => {
                if (error) reject(new CallbackFailed(error.details || error.message));
                else resolve(response.getResponse_asU8());
            });
        });
    }

    #client(target: string): CallbacksClient {
        const known = this.#clients.get(target);
        if (known) return known;
        const { grpc, callbackServices } = this.#sdk;
        const client = new callbackServices.CallbacksClient(target, grpc.credentials.createInsecure(), MESSAGE_LIMIT);
        this.#clients.set(target, client);
        return client;
    }
}

/** The SDK's own limit: resources may be larger than gRPC's four megabytes. */
export const MESSAGE_LIMIT = { "grpc.max_receive_message_length": 400 * 1024 * 1024 };

export interface Transformed {
    readonly properties: PropertyMap;
    readonly options: ResourceProto.TransformResourceOptions | undefined;
}

export interface TransformedInvoke {
    readonly args: PropertyMap;
    readonly options: ResourceProto.TransformInvokeOptions;
}
