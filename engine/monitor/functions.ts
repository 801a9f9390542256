/** What a program calls rather than makes: functions of providers, and what has no place in this engine. */
import { adviceFor } from "../elsewhere-advice";
import { engineFinding } from "../errors";
import { InvalidInputs, NotInEngine } from "../providers/provider";
import { providerNamed } from "../providers/registry";
import type { ResourceProto, Sdk } from "../sdk";
import type { PropertyMap } from "../types";
import { withoutReferences } from "../values/references";
import { DeploymentFailed, RefusedCall } from "./failure";
import { fromStruct } from "./messages";
import { packageOf, WHAT_IT_HAS, type ProviderReferences } from "./provider-references";
import type { RegisteredResource } from "./resources";
import type { Transforms } from "./transforms";

export class Functions {
    readonly #sdk: Sdk;
    readonly #transforms: Transforms;
    readonly #providers: ProviderReferences;
    readonly #resourceAt: (urn: string) => RegisteredResource | undefined;

    constructor(
        sdk: Sdk,
        transforms: Transforms,
        providers: ProviderReferences,
        resourceAt: (urn: string) => RegisteredResource | undefined,
    ) {
        this.#sdk = sdk;
        this.#transforms = transforms;
        this.#providers = providers;
        this.#resourceAt = resourceAt;
    }

    async invoke(request: ResourceProto.ResourceInvokeRequest): Promise<PropertyMap> {
        const token = request.getTok();
        const asked = new this.#sdk.resource.TransformInvokeOptions();
        asked.setProvider(request.getProvider());
        asked.setVersion(request.getVersion());
        const { args, options } = await this.#transforms.applyToInvoke(token, fromStruct(request.getArgs()), asked);
        if (token === "pulumi:pulumi:getResource") return this.#getResource(String(args.urn));
        const name = packageOf(token);
        const provider = providerNamed(name);
        if (!provider) {
            const message = `The function ${token} belongs to the provider ${name}, which the embedded engine does not have.`;
            throw new DeploymentFailed(engineFinding("GH0309", message, { fix: WHAT_IT_HAS }));
        }
        try {
            return provider.invoke(
                token,
                withoutReferences(args),
                this.#providers.resolve(options.getProvider(), name, options.getVersion()).settings,
            );
        } catch (error) {
            if (error instanceof InvalidInputs) throw new RefusedCall(`${token}: ${error.message}`);
            if (error instanceof NotInEngine) throw new DeploymentFailed(engineFinding("GH0310", error.message, { fix: adviceFor(token) }));
            throw error;
        }
    }

    /** A reference that is turned back into the resource it stands for. */
    #getResource(urn: string): PropertyMap {
        const resource = this.#resourceAt(urn);
        if (!resource) throw new RefusedCall(`unknown resource ${urn}`);
        return { urn, id: resource.id ?? "", state: resource.outputs };
    }

    refuseCall(token: string): never {
        const message = `The method ${token} is not in the embedded engine: methods run in the provider of their component.`;
        throw new DeploymentFailed(engineFinding("GH0310", message, { fix: adviceFor(token) }));
    }

    /** A parameterized package; its resources are refused one by one, each by name. */
    registerPackage(request: ResourceProto.RegisterPackageRequest): string {
        return `${request.getName()}::${request.getVersion()}`;
    }
}
