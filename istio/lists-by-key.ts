/** Lists by key, grown in place: copying a list for each of its items would make a thousand of one key a million. */
export function addTo<K, V>(groups: Map<K, V[]>, key: K, value: V): void {
    const known = groups.get(key);
    if (known) {
        known.push(value);
    } else {
        groups.set(key, [value]);
    }
}
