/** URNs: the names by which the engine knows resources, and the other names that aliases give them. */
import type { Alias } from "../types";

export const STACK_TYPE = "pulumi:pulumi:Stack";

export interface UrnParts {
    readonly stack: string;
    readonly project: string;
    /** The types of the parents, outermost first, without the stack's, then the resource's own, joined by `$`. */
    readonly qualifiedType: string;
    readonly name: string;
}

export function parseUrn(urn: string): UrnParts | undefined {
    const match = /^urn:pulumi:([^:]*)::([^:]*)::(.*?)::(.*)$/s.exec(urn);
    if (!match) return undefined;
    const [, stack = "", project = "", qualifiedType = "", name = ""] = match;
    return { stack, project, qualifiedType, name };
}

/** The URN of a resource below `parent`: a parent lends its whole chain of types, the stack lends none. */
export function makeUrn(
    where: { readonly stack: string; readonly project: string },
    parent: string | undefined,
    type: string,
    name: string,
): string {
    const parentType = parent ? parseUrn(parent)?.qualifiedType : undefined;
    const qualified = parentType && parentType !== STACK_TYPE ? `${parentType}$${type}` : type;
    return `urn:pulumi:${where.stack}::${where.project}::${qualified}::${name}`;
}

/** What aliases are worked out from: the resource as it is now, and its parent with the parent's own aliases. */
export interface AliasSubject {
    readonly stack: string;
    readonly project: string;
    readonly type: string;
    readonly name: string;
    readonly parent?: { readonly urn: string; readonly name: string; readonly aliasUrns: readonly string[] };
}

/** Every URN the resource may have had: its own aliases, and both old and new names below its parent's aliases. */
export function aliasUrns(subject: AliasSubject, aliases: readonly Alias[]): string[] {
    const found = new Set<string>();
    const own = aliases.map((alias) => (typeof alias === "string" ? alias : aliasUrn(subject, alias)));
    for (const urn of own) found.add(urn);
    for (const parentAlias of subject.parent?.aliasUrns ?? []) {
        found.add(inherited(subject, parentAlias, subject.type, subject.name));
        for (const alias of aliases) {
            if (typeof alias === "string" || alias.noParent || (alias.parentUrn && alias.parentUrn !== subject.parent?.urn)) continue;
            found.add(inherited(subject, parentAlias, alias.type ?? subject.type, alias.name ?? subject.name));
        }
    }
    return [...found];
}

function aliasUrn(subject: AliasSubject, alias: Exclude<Alias, string>): string {
    const parent = alias.noParent ? undefined : (alias.parentUrn ?? subject.parent?.urn);
    const where = { stack: alias.stack ?? subject.stack, project: alias.project ?? subject.project };
    return makeUrn(where, parent, alias.type ?? subject.type, alias.name ?? subject.name);
}

/** A child whose name begins with its parent's name had the parent's old name in that place. */
function inherited(subject: AliasSubject, parentAlias: string, type: string, name: string): string {
    const parentName = subject.parent?.name ?? "";
    const oldParentName = parseUrn(parentAlias)?.name ?? parentName;
    const oldName = name.startsWith(parentName) ? oldParentName + name.slice(parentName.length) : name;
    const where = { stack: parseUrn(parentAlias)?.stack ?? subject.stack, project: parseUrn(parentAlias)?.project ?? subject.project };
    return makeUrn(where, parentAlias, type, oldName);
}
