/**
 * One run of a program: what its resource requests come to. The rules are the real engine's for a first `up`, with
 * providers of our own; the protocol itself is in server.ts.
 */
import { randomUUID } from "node:crypto";
import type { Finding } from "../../istio/findings";
import { secretTexts } from "../../istio/secret-texts";
import { adviceFor, DEPLOYED_ADVICE } from "../elsewhere-advice";
import { engineFinding } from "../errors";
import { readAutonaming, type Autonaming } from "../project/autonaming";
import { secretConfigTexts, type StackConfig } from "../project/config";
import { InvalidInputs, NotInEngine, type ProviderRequest } from "../providers/provider";
import { providerNamed } from "../providers/registry";
import type { ResourceProto, Sdk } from "../sdk";
import type { StackState } from "../state/store";
import type { EvaluatedResource, PropertyMap, StackName } from "../types";
import { holdsSecret, seal, withoutUnknowns } from "../values/envelopes";
import { withoutReferences } from "../values/references";
import { Callbacks } from "./callbacks";
import { DeploymentFailed, RefusedCall } from "./failure";
import { Functions } from "./functions";
import { Hooks, hookNames, type HookNames } from "./hooks";
import { evaluatedOptions, fromStruct, NO_OPTIONS, placeOf, propertyDependenciesOf, readAlias } from "./messages";
import { packageOf, PROVIDER_TYPE, ProviderReferences, WHAT_IT_HAS, type ResolvedProvider } from "./provider-references";
import { asSecretBearer, evaluated, type RegisteredResource } from "./resources";
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
    /** Another resource is registered. */
    readonly onResource?: () => void;
    /** The program's own folder as node names its files, if it has one: where resources come from is looked for there first. */
    readonly programDir?: string;
}

const REFERENCE_TYPE = "pulumi:pulumi:StackReference";

export class Deployment {
    readonly name: StackName;
    readonly config: StackConfig;
    readonly hooks: Hooks;
    readonly transforms: Transforms;
    readonly functions: Functions;
    readonly #options: DeploymentOptions;
    readonly #callbacks: Callbacks;
    readonly #resources = new Map<string, RegisteredResource>();
    readonly #providers: ProviderReferences;
    readonly #autonaming: (type: string) => Autonaming;
    /** Components' hooks wait for their outputs, which is when a component is made. */
    readonly #afterOutputs = new Map<string, HookNames>();
    #failure: DeploymentFailed | undefined;
    #announceFailure: () => void = () => undefined;
    /** Settles when the deployment fails, and never otherwise. */
    readonly failed = new Promise<void>((resolve) => {
        this.#announceFailure = resolve;
    });

    constructor(options: DeploymentOptions) {
        this.#options = options;
        this.name = options.name;
        this.config = options.config;
        this.#autonaming = readAutonaming(options.config, options.name);
        this.#callbacks = new Callbacks(options.sdk);
        this.#providers = new ProviderReferences(options.name, options.config, this.#resources);
        this.hooks = new Hooks(options.sdk, this.#callbacks, options.warn);
        this.transforms = new Transforms(options.sdk, this.#callbacks);
        this.functions = new Functions(options.sdk, this.transforms, this.#providers, (urn) => this.#resources.get(urn));
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

    /** What no message may show: of what is registered so far, and of the configuration. */
    secretTexts(): string[] {
        return secretTexts([...this.#resources.values()].map(asSecretBearer), { more: secretConfigTexts(this.config) });
    }

    /** The stack's outputs, sealed. */
    stackOutputs(): PropertyMap {
        return [...this.#resources.values()].find((resource) => resource.type === STACK_TYPE)?.outputs ?? {};
    }

    async register(request: ResourceProto.RegisterResourceRequest): Promise<RegisteredResource> {
        const type = request.getType();
        if (request.getRemote()) {
            throw this.#failed(
                "GH0310",
                request,
                "is a component of another package's provider (remote), which only the real engine can construct",
                adviceFor(type),
            );
        }
        const { properties, options } = await this.transforms.apply(request, (urn) => this.#resources.get(urn));
        this.demandRunning();
        if (options.getImport())
            throw this.#failed("GH0310", request, "is to be imported, and here is nothing to import from", DEPLOYED_ADVICE);
        const urn = this.#newUrn(request);
        const provider = request.getCustom() && !type.startsWith(PROVIDER_TYPE) ? this.#providerFor(request, options) : undefined;
        const place = placeOf(request, this.#options.programDir);
        const resource: RegisteredResource = {
            urn,
            type,
            name: request.getName(),
            custom: request.getCustom(),
            external: false,
            ...(request.getParent() ? { parent: request.getParent() } : {}),
            ...(provider ? { provider: provider.reference } : {}),
            options: evaluatedOptions(
                options,
                this.#aliases(request, options),
                propertyDependenciesOf(request, properties),
                this.#resources.get(request.getParent())?.options,
            ),
            ...(place ? { place } : {}),
            transforms: request.getTransformsList(),
            inputs: withoutUnknowns(properties),
            outputs: {},
            made: false,
        };
        this.#resources.set(urn, resource);
        this.#options.onResource?.();
        const hooks = hookNames(options.getHooks());
        if (provider) await this.#create(resource, provider, hooks);
        else await this.#register(resource, hooks);
        return resource;
    }

    /** The URN a request comes to; the second that comes to one is an error. */
    #newUrn(request: ResourceProto.RegisterResourceRequest | ResourceProto.ReadResourceRequest): string {
        const urn = makeUrn(this.name, request.getParent() || undefined, request.getType(), request.getName());
        if (this.#resources.has(urn)) throw this.#failed("GH0311", request, `Duplicate resource URN '${urn}'; try giving it a unique name`);
        return urn;
    }

    #aliases(request: ResourceProto.RegisterResourceRequest, options: ResourceProto.TransformResourceOptions): string[] {
        const parent = this.#resources.get(request.getParent());
        const subject = {
            stack: this.name.stack,
            project: this.name.project,
            type: request.getType(),
            name: request.getName(),
            ...(parent ? { parent: { urn: parent.urn, name: parent.name, aliasUrns: parent.options.aliasUrns } } : {}),
        };
        return aliasUrns(subject, options.getAliasesList().map(readAlias));
    }

    /** A component, the stack or a provider: nothing is made but its place in the register. */
    async #register(resource: RegisteredResource, hooks: HookNames): Promise<void> {
        if (resource.type.startsWith(PROVIDER_TYPE)) {
            this.#demandProvider(resource.type.slice(PROVIDER_TYPE.length), resource);
            resource.id = randomUUID();
            if (resource.options.version) resource.inputs = { ...resource.inputs, version: resource.options.version };
            resource.outputs = resource.inputs;
        }
        await this.hooks.beforeCreate(hooks, resource);
        resource.made = true;
        if (resource.custom) await this.hooks.afterCreate(hooks, resource);
        else this.#afterOutputs.set(resource.urn, hooks);
    }

    async #create(resource: RegisteredResource, provider: ResolvedProvider, hooks: HookNames): Promise<void> {
        const request = (): ProviderRequest => ({
            urn: resource.urn,
            urns: [resource.urn, ...resource.options.aliasUrns],
            type: resource.type,
            name: resource.name,
            inputs: withoutReferences(resource.inputs),
            settings: provider.settings,
            state: this.#options.state,
            autonaming: this.#autonaming(resource.type),
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
                if (errors.length >= 100 || !(await this.hooks.retryAfter(hooks, resource, errors)))
                    throw this.#providerError(resource, error);
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
        const name = `${resource.type} ${resource.name}`;
        if (error instanceof InvalidInputs) return new DeploymentFailed(engineFinding("GH0314", `${name}: ${error.message}.`, about));
        if (error instanceof NotInEngine)
            return new DeploymentFailed(
                engineFinding("GH0310", `${name} is not in the embedded engine. ${error.message}`, {
                    ...about,
                    fix: adviceFor(resource.type),
                }),
            );
        return error;
    }

    async registerOutputs(urn: string, outputs: PropertyMap): Promise<void> {
        const resource = this.#resources.get(urn);
        if (!resource) throw new RefusedCall(`unknown resource '${urn}'`);
        resource.outputs = withoutUnknowns(outputs);
        const hooks = this.#afterOutputs.get(urn);
        this.#afterOutputs.delete(urn);
        if (hooks) await this.hooks.afterCreate(hooks, resource);
    }

    async read(request: ResourceProto.ReadResourceRequest): Promise<RegisteredResource> {
        if (request.getType() !== REFERENCE_TYPE)
            throw this.#failed("GH0310", request, "is to be read from what is deployed, and here nothing is", DEPLOYED_ADVICE);
        const urn = this.#newUrn(request);
        const place = placeOf(request, this.#options.programDir);
        const inputs = fromStruct(request.getProperties());
        const resource: RegisteredResource = {
            urn,
            type: REFERENCE_TYPE,
            name: request.getName(),
            custom: true,
            external: true,
            id: request.getId(),
            ...(request.getParent() ? { parent: request.getParent() } : {}),
            ...(place ? { place } : {}),
            options: NO_OPTIONS,
            transforms: [],
            inputs,
            outputs: {},
            made: false,
        };
        this.#resources.set(urn, resource);
        this.#options.onResource?.();
        const outputs = await this.#options.readStack(request.getId(), urn);
        this.demandRunning();
        const secretOutputNames = Object.keys(outputs).filter((key) => holdsSecret(outputs[key] ?? null));
        resource.outputs = { name: request.getId(), outputs, secretOutputNames };
        resource.made = true;
        return resource;
    }

    #providerFor(request: ResourceProto.RegisterResourceRequest, options: ResourceProto.TransformResourceOptions): ResolvedProvider {
        const name = packageOf(request.getType());
        this.#demandProvider(name, request);
        return this.#providers.resolve(options.getProvider(), name, options.getVersion());
    }

    #demandProvider(name: string, about: Named): void {
        if (!providerNamed(name))
            throw this.#failed("GH0309", about, `belongs to the provider ${name}, which the embedded engine does not have`, WHAT_IT_HAS);
    }

    #failed(code: "GH0309" | "GH0310" | "GH0311", about: Named, what: string, fix = ""): DeploymentFailed {
        const [type, name] = "urn" in about ? [about.type, about.name] : [about.getType(), about.getName()];
        const place = "urn" in about ? about.place : placeOf(about, this.#options.programDir);
        const message = code === "GH0311" ? `${type} ${name}: ${what}.` : `${type} ${name} ${what}.`;
        return new DeploymentFailed(engineFinding(code, message, { fix, ...(place ? { place } : {}) }));
    }
}

type Named = ResourceProto.RegisterResourceRequest | ResourceProto.ReadResourceRequest | RegisteredResource;

function sealNamed(outputs: PropertyMap, names: readonly string[]): PropertyMap {
    return Object.fromEntries(Object.entries(outputs).map(([key, value]) => [key, names.includes(key) ? seal(value) : value]));
}
