/** An address of this dashboard: whatever leads elsewhere, or to the login again, becomes its first page. */
export function inside(next: string | undefined): string {
  const isOwn = next !== undefined && /^\/(?![/\\])/.test(next) && !/^\/login(?:[?#]|$)/.test(next);
  return isOwn ? next : "/";
}
