/** A list's filters under a name. Times are milliseconds since 1970. */
export interface SavedView {
  readonly id: string;
  /** Unique among the views of a page, in any case. */
  readonly name: string;
  /** Which list it is of. */
  readonly page: string;
  /** What stands in the page's address behind the `?`; the dashboard's own words, which nothing here reads. */
  readonly query: string;
  /** The only project it shows; empty means that it is for those who see all projects. */
  readonly projectName: string;
  readonly createdBy: string;
  readonly createdAt: number;
  readonly updatedBy: string;
  readonly updatedAt: number;
}
