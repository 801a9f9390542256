/** A Secret of the component's own making: the old one goes once the new one is there, whatever names Pulumi is told to make. */
import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { isLater, type ObjectMetadata } from "../arguments";
import { nameByContent, replacesInOrder, withoutSources } from "./secret-name";

export interface SecretTarget {
    /** Prefix of the child's name. */
    readonly name: string;
    readonly parent: pulumi.Resource;
    /** Plain, but for values that come later; its fixed name the Secret does not take. */
    readonly metadata: ObjectMetadata;
    readonly options: pulumi.CustomResourceOptions;
}

/**
 * Pulumi's Kubernetes provider forgets what is marked of a Secret's metadata, and its state has that in clear: labels and
 * annotations that are secret do not come to it. An object's name and namespace are in every state's ids.
 */
function withoutMarked({ labels, annotations, ...rest }: ObjectMetadata): ObjectMetadata {
    const open = <T>(value: T): T =>
        isLater(value)
            ? (pulumi.output(pulumi.isSecret(pulumi.output(value))).apply((secret) => (secret ? undefined : value)) as T)
            : value;
    const each = <T>(map: T): T =>
        typeof map !== "object" || map === null || isLater(map)
            ? open(map)
            : (Object.fromEntries(Object.entries(map).map(([key, value]) => [key, open<unknown>(value)])) as T);
    return {
        ...rest,
        labels: each(labels),
        ...(annotations === undefined ? {} : { annotations: each(annotations) }),
    };
}

/** The name of a Secret, which changes with its content: a rotation makes the new one before it deletes the old one. */
export function secretOf(
    target: SecretTarget,
    suffix: string,
    type: string,
    stringData: Record<string, pulumi.Input<string>>,
): pulumi.Output<string> {
    if (!replacesInOrder()) return secretOfContent(target, suffix, type, stringData);
    const { name: _name, ...metadata } = withoutMarked(target.metadata);
    const secret = new k8s.core.v1.Secret(
        `${target.name}-${suffix}`,
        { metadata, type, stringData: pulumi.secret(stringData) },
        target.options,
    );
    return secret.metadata.name;
}

/** A resource for each content, which is there once the content is known: a preview of a new one does not show it. */
function secretOfContent(
    { name, parent, metadata, options }: SecretTarget,
    suffix: string,
    type: string,
    stringData: Record<string, pulumi.Input<string>>,
): pulumi.Output<string> {
    const content = withoutSources(pulumi.output(stringData));
    const passed = withoutSources(pulumi.output(options.dependsOn).apply(() => true));
    const made = pulumi
        .all([withoutSources(pulumi.output(withoutMarked(metadata))), content, passed])
        .apply(([{ name: fixedName, ...rest }, data]) => {
            const own = { ...rest, name: nameByContent(fixedName, suffix, data) };
            return new k8s.core.v1.Secret(
                nameByContent(name, suffix, data),
                { metadata: own, type, stringData: pulumi.secret(data) },
                { parent },
            ).metadata.name;
        });
    // A few digits of a hash tell nothing of the key, and a name has to be in clear.
    return pulumi.unsecret(withoutSources(made));
}
