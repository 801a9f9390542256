/** Registers what says who may pass, as children of the component that has it. */
import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { isLater, type Settled } from "../arguments";
import { nameByContent, replacesInOrder, secretOf, withoutSources } from "../certificate";
import { AuthorizationPolicy, RequestAuthentication } from "../resources";
import type { AccessArgs, ExtensionProviderArgs } from "./args";
import { buildPolicy, buildTokens, outlinePolicy } from "./objects";
import { accessParts, hasProviders, hasTokens, type AccessOrder } from "./place";
import { buildProviders, type MeshConfigMap } from "./providers";

export interface Protection<Data> {
    readonly name: string;
    readonly parent: pulumi.Resource;
    readonly data: Settled<Data>;
    readonly access: AccessArgs | undefined;
    readonly providers?: readonly ExtensionProviderArgs[] | undefined;
    readonly order: (all: Data) => AccessOrder;
    /** The same of what is known. */
    readonly outline: (known: Data) => AccessOrder;
}

/** The Secret of the names and passwords: one that is there, or one of its own. */
function usersSecret<Data>({ name, parent, data, access, order, outline }: Protection<Data>): pulumi.Input<string> | undefined {
    const { htpasswd, secretName } = access?.basicAuth ?? {};
    if (htpasswd === undefined) return secretName;
    const metadata = data.tree(
        (all) => order(all).place.metadata(order(all).place.name),
        (known) => outline(known).place.metadata(outline(known).place.name),
    );
    return secretOf({ name, metadata, parent, options: data.options({ parent }) }, "users", "Opaque", { auth: htpasswd });
}

const CONFIG_MAP = "kubernetes:core/v1:ConfigMap";

/**
 * The new one is there before the old one goes, so that the proxy always has somebody to ask: Pulumi replaces a ConfigMap
 * whose data change, and makes up the names. Where it is told to make up none, each content is a resource of its own.
 */
function meshConfigMap<Data>(
    { name, parent, data }: Protection<Data>,
    metadata: MeshConfigMap["metadata"],
    mesh: pulumi.Input<string>,
): pulumi.Input<pulumi.Resource> {
    const options = data.options({ parent });
    if (replacesInOrder([CONFIG_MAP])) return new k8s.core.v1.ConfigMap(`${name}-mesh`, { metadata, data: { mesh } }, options);
    const passed = pulumi.output(options.dependsOn).apply(() => true);
    return withoutSources(pulumi.all([pulumi.output(metadata), mesh, passed])).apply(([{ ...own }, text]) => {
        const byContent = nameByContent(name, "mesh", { mesh: text, labels: JSON.stringify(own.labels) });
        return new k8s.core.v1.ConfigMap(byContent, { metadata: { ...own, name: byContent }, data: { mesh: text } }, { parent });
    });
}

function registerProviders<Data>(source: Protection<Data>): pulumi.Input<pulumi.Resource> {
    const { data, order, outline } = source;
    const secretName = usersSecret(source);
    const metadata = data.tree(
        (all) => buildProviders(order(all), undefined).metadata,
        (known) => buildProviders(outline(known), undefined).metadata,
    );
    // One text, which is known once all that stands in it is.
    const mesh = isLater(secretName)
        ? pulumi.all([data.later, secretName]).apply(([all, there]) => buildProviders(order(all as Data), there).data.mesh)
        : data.value((all) => buildProviders(order(all), secretName).data.mesh);
    return meshConfigMap(source, metadata, mesh);
}

/** What has to be there before what it protects is served. */
export function registerAccess<Data>(source: Protection<Data>): pulumi.Input<pulumi.Resource>[] {
    const { name, parent, data, access, providers, order, outline } = source;
    const opts = data.options({ parent });
    const policies = accessParts(access).map((part) => {
        const policy = data.tree(
            (all) => buildPolicy(part, order(all)),
            (known) => outlinePolicy(part, outline(known)),
        );
        return new AuthorizationPolicy(`${name}-${part}`, policy, opts);
    });
    const tokens = hasTokens(access)
        ? [
              new RequestAuthentication(
                  `${name}-jwt`,
                  data.tree(
                      (all) => buildTokens(order(all)),
                      (known) => buildTokens(outline(known)),
                  ),
                  opts,
              ),
          ]
        : [];
    return [...policies, ...tokens, ...(hasProviders(access, providers) ? [registerProviders(source)] : [])];
}
