/**
 * One run of a program: what its resource requests come to. The rules are the real engine's for a first `up`, with
 * providers of our own; the protocol itself is in server.ts.
 */
import { randomUUID } from "node:crypto";
import type { Finding } from "../../istio/findings";
import { engineFinding } from "../errors";
import type { StackConfig } from "../project/config";
import { InvalidInputs, NotInEngine, type Provider, type ProviderRequest } from "../providers/provider";
import { providerNamed, providerNames } from "../providers/registry";
import type { ResourceProto, Sdk } from "../sdk";
import type { StackState } from "../state/store";
import type { EvaluatedResource, PropertyMap, PropertyValue, StackName } from "../types";
import { openMap, seal, withoutOutputValues, withoutUnknowns } from "../values/envelopes";
import { withoutReferences } from "../values/references";
import { Callbacks } from "./callbacks";
import { DeploymentFailed, Refused } from "./failure";
import { Hooks, hookNames, type HookNames } from "./hooks";
import { evaluatedOptions, fromStruct, NO_OPTIONS, placeOf, propertyDependenciesOf, readAlias } from "./messages";
import { evaluated, type RegisteredResource } from "./resources";
import { Transforms } from "./transforms";
import { aliasUrns, makeUrn, STACK_TYPE } from "./urn";

export interface DeploymentOptions {
    readonly sdk: Sdk;
    readonly name: StackName;
    readonly config: StackConfig;
    readonly state: StackState;
    /** Answers a StackReference: the referenced stack's outputs, sealed as they are there. */
    readonly readStack: (reference: string, urn: string) => Promise<PropertyMap>;
    readonly warn: (message: string, urn: string) => void;
}

const PROVIDER_TYPE = "pulumi:providers:";
const REFERENCE_TYPE = "pulumi:pulumi:StackReference";

export class Deployment {
    readonly name: StackName;
    readonly config: StackConfig;
    readonly hooks: Hooks;
    readonly transforms: Transforms;
    readonly #options: DeploymentOptions;
    readonly #callbacks: Callbacks;
    readonly #resources = new Map<string, RegisteredResource>();
    /** Components' hooks wait for their outputs, which is when a component is made. */
    readonly #afterOutputs = new Map<string, HookNames>();
    #failure: DeploymentFailed | undefined;
    #announceFailure: () => void = () => undefined;
    /** Settles when the deployment fails, and never otherwise. */
    readonly failed = new Promise<void>((resolve) => { this.#announceFailure = resolve; });

    constructor(options: DeploymentOptions) {
        this.#options = options;
        this.name = options.name;
        this.config = options.config;
        this.#callbacks = new Callbacks(options.sdk);
        this.hooks = new Hooks(options.sdk, this.#callbacks, options.warn);
        this.transforms = new Transforms(options.sdk, this.#callbacks);
    }

    /** What stopped the deployment, if anything did. */
    failure(): Finding | undefined {
        return this.#failure?.finding;
    }

    /** Ends the deployment: every request from now on is turned away. */
    fail(failure: DeploymentFailed): void {
        this.#failure ??= failure;
        this.#announceFailure();
    }

    /** Throws if the deployment has failed. */
    demandRunning(): void {
        if (this.#failure) throw this.#failure;
    }

    close(): void {
        this.#callbacks.close();
    }

    /** What is registered but not made yet, by type and name. */
    pending(): string[] {
        return [...this.#resources.values()].filter((resource) => !resource.made).map(({ type, name }) => `${type} ${name}`);
    }

    evaluated(): EvaluatedResource[] {
        return [...this.#resources.values()].filter((resource) => resource.made).map(evaluated);
    }

    /** The stack's outputs, sealed. */
    stackOutputs(): PropertyMap {
        return [...this.#resources.values()].find((resource) => resource.type === STACK_TYPE)?.outputs ?? {};
    }

    async register(request: ResourceProto.RegisterResourceRequest): Promise<RegisteredResource> {
        const { name } = this.#options;
        const type = request.getType();
        if (request.getRemote()) throw this.#failed("GH0310", request, "is a component of another package's provider (remote), which only the real engine can construct");
        const { properties, options } = await this.transforms.apply(request, (urn) => this.#resources.get(urn));
        this.demandRunning();
        if (options.getImport()) throw this.#failed("GH0310", request, "is to be imported, and here is nothing to import from");
        const parent = this.#resources.get(request.getParent());
        const urn = makeUrn(name, request.getParent() || undefined, type, request.getName());
        if (this.#resources.has(urn)) throw this.#failed("GH0311", request, `Duplicate resource URN '${urn}'; try giving it a unique name`);
        const provider = request.getCustom() && !type.startsWith(PROVIDER_TYPE) ? this.#providerFor(request, options) : undefined;
        const aliases = aliasUrns({ ...name, type, name: request.getName(), ...(parent ? { parent: { urn: parent.urn, name: parent.name, aliasUrns: parent.options.aliasUrns } } : {}) },
            options.getAliasesList().map(readAlias));
        const place = placeOf(request);
        const resource: RegisteredResource = {
            urn, type, name: request.getName(), custom: request.getCustom(), external: false,
            ...(request.getParent() ? { parent: request.getParent() } : {}),
            ...(provider ? { provider: provider.reference } : {}),
            options: evaluatedOptions(options, aliases, propertyDependenciesOf(request, properties)),
            ...(place ? { place } : {}),
            transforms: request.getTransformsList(),
            inputs: withoutUnknowns(withoutOutputValues(properties) as PropertyMap), outputs: {}, made: false,
        };
        this.#resources.set(urn, resource);
        const hooks = hookNames(options.getHooks());
        if (provider) await this.#create(resource, provider, hooks);
        else await this.#register(resource, hooks);
        return resource;
    }

    /** A component, the stack or a provider: nothing is made but its place in the register. */
    async #register(resource: RegisteredResource, hooks: HookNames): Promise<void> {
        if (resource.type.startsWith(PROVIDER_TYPE)) {
            this.#demandProvider(resource.type.slice(PROVIDER_TYPE.length), resource);
            resource.id = randomUUID();
            resource.outputs = resource.inputs;
        }
        await this.hooks.beforeCreate(hooks, resource);
        resource.made = true;
        if (resource.custom) await this.hooks.afterCreate(hooks, resource);
        else this.#afterOutputs.set(resource.urn, hooks);
    }

    async #create(resource: RegisteredResource, provider: ResolvedProvider, hooks: HookNames): Promise<void> {
        const request = (): ProviderRequest => ({
            urn: resource.urn, urns: [resource.urn, ...resource.options.aliasUrns], type: resource.type, name: resource.name,
            inputs: withoutReferences(resource.inputs), settings: provider.settings, state: this.#options.state,
        });
        resource.inputs = this.#providerCall(resource, () => provider.provider.check(request()));
        await this.hooks.beforeCreate(hooks, resource);
        const created = await this.#attempt(resource, hooks, async () => provider.provider.create(request()));
        resource.id = created.id;
        resource.outputs = sealNamed(created.outputs, resource.options.additionalSecretOutputs);
        await this.hooks.afterCreate(hooks, resource);
        resource.made = true;
    }

    async #attempt<T>(resource: RegisteredResource, hooks: HookNames, create: () => Promise<T>): Promise<T> {
        const errors: string[] = [];
        for (;;) {
            try {
                return await create();
            } catch (error) {
                if (!(error instanceof InvalidInputs)) throw this.#providerError(resource, error);
                errors.push(error.message);
                // As many times as the real engine lets an error hook ask.
                if (errors.length >= 100 || !(await this.hooks.retryAfter(hooks, resource, errors))) throw this.#providerError(resource, error);
            }
        }
    }

    #providerCall<T>(resource: RegisteredResource, call: () => T): T {
        try {
            return call();
        } catch (error) {
            throw this.#providerError(resource, error);
        }
    }

    #providerError(resource: RegisteredResource, error: unknown): unknown {
        const about = resource.place ? { place: resource.place } : {};
        if (error instanceof InvalidInputs) return new DeploymentFailed(engineFinding("GH0314", `${resource.type} ${resource.name}: ${error.message}.`, about));
        if (error instanceof NotInEngine) return new DeploymentFailed(engineFinding("GH0310", `${resource.type} ${resource.name} is not in the embedded engine. ${error.message}`, about));
        return error;
    }

    async registerOutputs(urn: string, outputs: PropertyMap): Promise<void> {
        const resource = this.#resources.get(urn);
        if (!resource) throw new Refused(`unknown resource '${urn}'`);
        resource.outputs = withoutUnknowns(outputs);
        const hooks = this.#afterOutputs.get(urn);
        this.#afterOutputs.delete(urn);
        if (hooks) await this.hooks.afterCreate(hooks, resource);
    }

    async read(request: ResourceProto.ReadResourceRequest): Promise<RegisteredResource> {
        if (request.getType() !== REFERENCE_TYPE) throw this.#failed("GH0310", request, "is to be read from what is deployed, and here nothing is");
        const urn = makeUrn(this.#options.name, request.getParent() || undefined, REFERENCE_TYPE, request.getName());
        if (this.#resources.has(urn)) throw this.#failed("GH0311", request, `Duplicate resource URN '${urn}'; try giving it a unique name`);
        const place = placeOf(request);
        const inputs = fromStruct(request.getProperties());
        const resource: RegisteredResource = {
            urn, type: REFERENCE_TYPE, name: request.getName(), custom: true, external: true, id: request.getId(),
            ...(request.getParent() ? { parent: request.getParent() } : {}), ...(place ? { place } : {}),
            options: NO_OPTIONS, transforms: [], inputs, outputs: {}, made: false,
        };
        this.#resources.set(urn, resource);
        const outputs = await this.#options.readStack(request.getId(), urn);
        this.demandRunning();
        const secretNames = Object.keys(outputs).filter((key) => JSON.stringify(outputs[key]) !== JSON.stringify(openMap({ value: outputs[key] ?? null }).value));
        resource.outputs = { name: request.getId(), outputs, secretOutputNames: secretNames };
        resource.made = true;
        return resource;
    }

    async invoke(request: ResourceProto.ResourceInvokeRequest): Promise<PropertyMap> {
        const { sdk } = this.#options;
        const token = request.getTok();
        const asked = new sdk.resource.TransformInvokeOptions();
        asked.setProvider(request.getProvider());
        asked.setVersion(request.getVersion());
        const { args, options } = await this.transforms.applyToInvoke(token, fromStruct(request.getArgs()), asked);
        this.demandRunning();
        if (token === "pulumi:pulumi:getResource") return this.#getResource(args);
        const name = packageOf(token);
        const provider = providerNamed(name);
        if (!provider) throw new DeploymentFailed(engineFinding("GH0309", `The function ${token} belongs to the provider ${name}, which the embedded engine does not have.`, { fix: HAS }));
        try {
            return provider.invoke(token, withoutReferences(args), this.#settings(options.getProvider(), name, options.getVersion()).settings);
        } catch (error) {
            if (error instanceof InvalidInputs) throw new Refused(`${token}: ${error.message}`);
            if (error instanceof NotInEngine) throw new DeploymentFailed(engineFinding("GH0310", error.message));
            throw error;
        }
    }

    #getResource(args: PropertyMap): PropertyMap {
        const urn = String(args.urn);
        const resource = this.#resources.get(urn);
        if (!resource) throw new Refused(`unknown resource ${urn}`);
        return { urn, id: resource.id ?? "", state: resource.outputs };
    }

    refuseCall(token: string): never {
        throw new DeploymentFailed(engineFinding("GH0310", `The method ${token} is not in the embedded engine: methods run in the provider of their component.`));
    }

    /** A parameterized package; its resources are refused one by one, each by name. */
    registerPackage(request: ResourceProto.RegisterPackageRequest): string {
        return `${request.getName()}::${request.getVersion()}`;
    }

    #providerFor(request: ResourceProto.RegisterResourceRequest, options: ResourceProto.TransformResourceOptions): ResolvedProvider {
        const name = packageOf(request.getType());
        this.#demandProvider(name, request);
        return this.#settings(options.getProvider(), name, options.getVersion());
    }

    #demandProvider(name: string, about: Named): void {
        if (!providerNamed(name)) throw this.#failed("GH0309", about, `belongs to the provider ${name}, which the embedded engine does not have`, HAS);
    }

    /** The provider a reference names, or the package's default one, which is made when it is first needed. */
    #settings(reference: string, name: string, version: string): ResolvedProvider {
        const provider = providerNamed(name);
        if (!provider) throw new Error(`no provider ${name}`);
        const resource = reference === "" ? this.#defaultProvider(name, version) : this.#resources.get(reference.slice(0, reference.lastIndexOf("::")));
        if (!resource) throw new Refused(`unknown provider '${reference}'`);
        return { provider, reference: `${resource.urn}::${resource.id ?? ""}`, settings: openMap(resource.inputs) };
    }

    #defaultProvider(name: string, version: string): RegisteredResource {
        const type = `${PROVIDER_TYPE}${name}`;
        const label = version === "" ? "default" : `default_${version.replace(/[^A-Za-z0-9]/g, "_")}`;
        const urn = makeUrn(this.#options.name, undefined, type, label);
        const known = this.#resources.get(urn);
        if (known) return known;
        const { config } = this.#options;
        const settings = Object.entries(config.values).filter(([key]) => key.startsWith(`${name}:`))
            .map(([key, value]): [string, PropertyValue] => [key.slice(name.length + 1), config.secretKeys.includes(key) ? seal(value) : value]);
        const inputs = { ...Object.fromEntries(settings), ...(version === "" ? {} : { version }) };
        const made: RegisteredResource = { urn, type, name: label, custom: true, external: false, options: NO_OPTIONS, transforms: [], inputs, outputs: inputs, id: randomUUID(), made: true };
        this.#resources.set(urn, made);
        return made;
    }

    #failed(code: "GH0309" | "GH0310" | "GH0311", about: Named, what: string, fix = ""): DeploymentFailed {
        const [type, name] = "urn" in about ? [about.type, about.name] : [about.getType(), about.getName()];
        const place = "urn" in about ? about.place : placeOf(about);
        const message = code === "GH0311" ? `${type} ${name}: ${what}.` : `${type} ${name} ${what}.`;
        return new DeploymentFailed(engineFinding(code, message, { fix, ...(place ? { place } : {}) }));
    }
}

type Named = ResourceProto.RegisterResourceRequest | ResourceProto.ReadResourceRequest | RegisteredResource;

interface ResolvedProvider {
    readonly provider: Provider;
    /** `<urn>::<id>`. */
    readonly reference: string;
    readonly settings: PropertyMap;
}

const HAS = `It has ${providerNames().join(" and ")}; deploy this stack with pulumi up.`;

function packageOf(token: string): string {
    return token.split(":")[0] ?? "";
}

function sealNamed(outputs: PropertyMap, names: readonly string[]): PropertyMap {
    return Object.fromEntries(Object.entries(outputs).map(([key, value]) => [key, names.includes(key) ? seal(value) : value]));
}
