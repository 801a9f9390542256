/** What the API server is asked to do, in the words of its roles. */

export type Verb = "list" | "watch" | "get" | "create" | "update" | "patch";

export const METHODS: Readonly<Record<Verb, string>> = {
    list: "GET",
    watch: "GET",
    get: "GET",
    create: "POST",
    update: "PUT",
    patch: "PATCH",
};
