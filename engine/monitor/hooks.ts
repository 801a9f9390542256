/** Resource hooks. Everything here is a first creation, so those of creation run, and error hooks if one fails. */
import type { CallbackProto, ResourceProto, Sdk } from "../sdk";
import { engineFinding } from "../errors";
import type { PropertyMap } from "../types";
import type { Callbacks } from "./callbacks";
import { CallbackFailed } from "./callbacks";
import { DeploymentFailed, RefusedCall } from "./failure";
import { toStruct } from "./messages";
import type { RegisteredResource } from "./resources";

type Binding = ResourceProto.RegisterResourceRequest.ResourceHooksBinding;

/** The names of the hooks that a resource is bound to. */
export interface HookNames {
    readonly beforeCreate: readonly string[];
    readonly afterCreate: readonly string[];
    readonly onError: readonly string[];
}

export function hookNames(binding: Binding | undefined): HookNames {
    return {
        beforeCreate: binding?.getBeforeCreateList() ?? [],
        afterCreate: binding?.getAfterCreateList() ?? [],
        onError: binding?.getOnErrorList() ?? [],
    };
}

interface Hook {
    readonly callback: CallbackProto.Callback;
    readonly ignoreErrors: boolean;
}

export class Hooks {
    readonly #sdk: Sdk;
    readonly #callbacks: Callbacks;
    readonly #warn: (message: string, urn: string) => void;
    readonly #hooks = new Map<string, Hook>();
    readonly #errorHooks = new Map<string, CallbackProto.Callback>();

    constructor(sdk: Sdk, callbacks: Callbacks, warn: (message: string, urn: string) => void) {
        this.#sdk = sdk;
        this.#callbacks = callbacks;
        this.#warn = warn;
    }

    register(request: ResourceProto.RegisterResourceHookRequest): void {
        if (this.#hooks.has(request.getName())) throw new RefusedCall(`resource hook already registered for name "${request.getName()}"`);
        const callback = request.getCallback();
        if (callback) this.#hooks.set(request.getName(), { callback, ignoreErrors: request.getIgnoreErrors() });
    }

    registerError(request: ResourceProto.RegisterErrorHookRequest): void {
        if (this.#errorHooks.has(request.getName())) throw new RefusedCall(`error hook already registered for name "${request.getName()}"`);
        const callback = request.getCallback();
        if (callback) this.#errorHooks.set(request.getName(), callback);
    }

    async beforeCreate(names: HookNames, resource: RegisteredResource): Promise<void> {
        for (const name of names.beforeCreate) await this.#run("before", name, resource, undefined);
    }

    async afterCreate(names: HookNames, resource: RegisteredResource): Promise<void> {
        for (const name of names.afterCreate) await this.#run("after", name, resource, resource.outputs);
    }

    /** Whether one of the error hooks wants the creation tried again. */
    async retryAfter(names: HookNames, resource: RegisteredResource, errors: readonly string[]): Promise<boolean> {
        let retry = false;
        for (const name of names.onError) {
            const callback = this.#errorHooks.get(name);
            if (!callback) throw new DeploymentFailed(hookFailed(resource, `error hook "${name}" was not registered`));
            const request = new this.#sdk.resource.ErrorHookRequest();
            request.setUrn(resource.urn);
            request.setName(resource.name);
            request.setType(resource.type);
            request.setNewInputs(toStruct(this.#sdk, resource.inputs));
            request.setFailedOperation("create");
            request.setErrorsList([...errors]);
            const answer = await this.#callbacks.errorHook(callback, request);
            if (answer.error) throw new DeploymentFailed(hookFailed(resource, `error hook "${name}" failed: ${answer.error}`));
            retry ||= answer.retry;
        }
        return retry;
    }

    async #run(when: "before" | "after", name: string, resource: RegisteredResource, outputs: PropertyMap | undefined): Promise<void> {
        const hook = this.#hooks.get(name);
        if (!hook) throw new DeploymentFailed(hookFailed(resource, `hook "${name}" was not registered`));
        const request = new this.#sdk.resource.ResourceHookRequest();
        request.setUrn(resource.urn);
        request.setId(resource.id ?? "");
        request.setName(resource.name);
        request.setType(resource.type);
        request.setNewInputs(toStruct(this.#sdk, resource.inputs));
        if (outputs) request.setNewOutputs(toStruct(this.#sdk, outputs));
        const error = await this.#callbacks.hook(hook.callback, request).catch((thrown: unknown) => {
            if (thrown instanceof CallbackFailed) return thrown.message;
            throw thrown;
        });
        if (error === undefined) return;
        const message = `${when} hook "${name}" failed: ${error}`;
        if (!hook.ignoreErrors) throw new DeploymentFailed(hookFailed(resource, message));
        this.#warn(message, resource.urn);
    }
}

function hookFailed(resource: RegisteredResource, message: string) {
    return engineFinding("GH0313", `${resource.type} ${resource.name}: ${message}.`, resource.place ? { place: resource.place } : {});
}
