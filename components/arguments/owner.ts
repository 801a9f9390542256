/**
 * A component as the owner of what it takes: how messages call it, and the cluster in which it takes it. A cluster is a
 * provider's: what stands beside each other in two clusters is not in each other's way.
 */
import * as pulumi from "@pulumi/pulumi";

const PACKAGE = "kubernetes";
/** Any token of the package will do: a resource finds its provider by the package alone. */
const TOKEN = `${PACKAGE}:core/v1:Service`;

type Options = Pick<pulumi.ComponentResourceOptions, "dependsOn" | "parent" | "provider" | "providers" | "transformations">;

/** The SDK has it, and not among what it declares. */
function packageOf(provider: pulumi.ProviderResource): string {
    return (provider as unknown as { getPackage(): string }).getPackage();
}

function given({ provider, providers }: Options): pulumi.ProviderResource | undefined {
    if (provider && packageOf(provider) === PACKAGE) return provider;
    if (providers === undefined) return undefined;
    if (!Array.isArray(providers)) return providers[PACKAGE];
    return providers.find((one: pulumi.ProviderResource) => packageOf(one) === PACKAGE);
}

export class Owner {
    /** `VirtualHost "webapp"`. */
    readonly text: string;
    readonly #options: Options;
    #made: pulumi.Resource | undefined;

    constructor(kind: string, name: string, options: Options = {}) {
        this.text = ownerText(kind, name);
        this.#options = options;
    }

    /** Its objects have been registered, this one among them: from it their provider can be read for sure. */
    made(resource: pulumi.Resource): void {
        this.#made = resource;
    }

    /** What the component is to be made after, and so every child of it: by itself the SDK asks that of no child. */
    waitsFor(): readonly pulumi.Input<pulumi.Resource>[] {
        const { dependsOn } = this.#options;
        if (dependsOn === undefined) return [];
        // What comes later may be a list too, which the SDK takes in the place of a resource.
        return Array.isArray(dependsOn)
            ? (dependsOn as readonly pulumi.Input<pulumi.Resource>[])
            : [dependsOn as pulumi.Input<pulumi.Resource>];
    }

    /** Whether its own options say which cluster it is for. */
    saysProvider(): boolean {
        return given(this.#options) !== undefined;
    }

    /**
     * Whose provider makes its objects; undefined is the default one. "later" until they are registered where a
     * transformation may give them another.
     */
    provider(): pulumi.ProviderResource | undefined | "later" {
        if (this.#made) return this.#made.getProvider(TOKEN);
        const above = this.#options.parent ?? (pulumi.runtime.getStackResource() as pulumi.Resource | undefined);
        if ((this.#options.transformations ?? []).length > 0 || transformed(above)) return "later";
        return given(this.#options) ?? above?.getProvider(TOKEN);
    }
}

function transformed(resource: pulumi.Resource | undefined): boolean {
    return ((resource as { readonly __transformations?: readonly unknown[] } | undefined)?.__transformations ?? []).length > 0;
}

/** A component as messages name it: `VirtualHost "webapp"`. */
export function ownerText(kind: string, name: string): string {
    return `${kind} ${JSON.stringify(name)}`;
}
