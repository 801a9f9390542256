/** Who has read a value: most values are read by one, some by thousands. Kept in the least that holds them. */

/** What is told of a value that it has read. */
export interface User {
    /** It may have changed. */
    touch(): void;
    /** It depends on lookups of this level now. */
    raise(level: number): void;
}

export type Users = User | User[] | Set<User> | undefined;

/** So many are searched one by one. */
const FEW = 8;

export function withUser(users: Users, one: User): Users {
    if (users === undefined || users === one) return one;
    if (users instanceof Set) return users.add(one);
    if (!Array.isArray(users)) return [users, one];
    if (users.includes(one)) return users;
    if (users.length === FEW) return new Set(users).add(one);
    // A list that is copied has room for no more than there is.
    return [...users, one];
}

export function withoutUser(users: Users, one: User): Users {
    if (users === one) return undefined;
    if (users instanceof Set) {
        users.delete(one);
        return users.size === 0 ? undefined : users;
    }
    if (!Array.isArray(users)) return users;
    const kept = users.filter((other) => other !== one);
    return kept.length > 1 ? kept : kept[0];
}

export function touchAll(users: Users): void {
    if (users === undefined) return;
    if (users instanceof Set || Array.isArray(users)) for (const one of users) one.touch();
    else users.touch();
}

export function raiseAll(users: Users, level: number): void {
    if (users === undefined) return;
    if (users instanceof Set || Array.isArray(users)) for (const one of users) one.raise(level);
    else users.raise(level);
}
