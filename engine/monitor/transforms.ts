/**
 * Transforms, in the real engine's order: a resource's own, then its ancestors' from the nearest up, then the stack's.
 * Each sees what the one before it left.
 */
import type { CallbackProto, ResourceProto, Sdk } from "../sdk";
import type { PropertyMap } from "../types";
import type { Callbacks } from "./callbacks";
import { CallbackFailed } from "./callbacks";
import { RefusedCall } from "./failure";
import { fromStruct, toStruct, transformOptions } from "./messages";
import { withoutOutputValues, withOutputValues } from "../values/envelopes";
import type { RegisteredResource } from "./resources";

export class Transforms {
    readonly #sdk: Sdk;
    readonly #callbacks: Callbacks;
    readonly #stack: CallbackProto.Callback[] = [];
    readonly #invokes: CallbackProto.Callback[] = [];

    constructor(sdk: Sdk, callbacks: Callbacks) {
        this.#sdk = sdk;
        this.#callbacks = callbacks;
    }

    registerStack(callback: CallbackProto.Callback): void {
        this.#stack.push(callback);
    }

    registerInvoke(callback: CallbackProto.Callback): void {
        this.#invokes.push(callback);
    }

    async apply(
        request: ResourceProto.RegisterResourceRequest,
        resourceAt: (urn: string) => RegisteredResource | undefined,
    ): Promise<{ properties: PropertyMap; options: ResourceProto.TransformResourceOptions }> {
        // Only what the program sent: a secret that a transform sends back reaches the next one as a plain secret,
        // which makes the whole property one. So it is under the real engine.
        let properties = withOutputValues(fromStruct(request.getObject())) as PropertyMap;
        let options = transformOptions(this.#sdk, request);
        for (const callback of this.#chain(request, resourceAt)) {
            const asked = new this.#sdk.resource.TransformRequest();
            asked.setType(request.getType());
            asked.setName(request.getName());
            asked.setCustom(request.getCustom());
            asked.setParent(request.getParent());
            asked.setProperties(toStruct(this.#sdk, properties));
            asked.setOptions(options);
            const answer = await refusing("invoke transform", this.#callbacks.transform(callback, asked));
            properties = answer.properties;
            options = answer.options ?? options;
        }
        return { properties: withoutOutputValues(properties) as PropertyMap, options };
    }

    async applyToInvoke(
        token: string,
        args: PropertyMap,
        options: ResourceProto.TransformInvokeOptions,
    ): Promise<{ args: PropertyMap; options: ResourceProto.TransformInvokeOptions }> {
        let current = { args: withOutputValues(args) as PropertyMap, options };
        for (const callback of this.#invokes) {
            current = await refusing(
                `invoke transform of ${token}`,
                this.#callbacks.transformInvoke(callback, token, current.args, current.options),
            );
        }
        return { ...current, args: withoutOutputValues(current.args) as PropertyMap };
    }

    #chain(
        request: ResourceProto.RegisterResourceRequest,
        resourceAt: (urn: string) => RegisteredResource | undefined,
    ): CallbackProto.Callback[] {
        const chain = [...request.getTransformsList()];
        for (let ancestor = resourceAt(request.getParent()); ancestor; ancestor = resourceAt(ancestor.parent ?? "")) {
            chain.push(...ancestor.transforms);
        }
        return [...chain, ...this.#stack];
    }
}

/** A transform that throws is refused to the program, which then ends by it, as under the real engine. */
async function refusing<T>(what: string, answer: Promise<T>): Promise<T> {
    try {
        return await answer;
    } catch (error) {
        if (error instanceof CallbackFailed) throw new RefusedCall(`${what}: rpc error: code = Unknown desc = ${error.message}`);
        throw error;
    }
}
