/** A member's place: by score, then by member. */
export interface Scored {
  readonly score: number;
  readonly member: string;
}

/** Members in the order of their scores. Finding a place is a binary search. */
export class ScoredSet {
  private readonly scores = new Map<string, number>();
  private order: Scored[] = [];

  get size(): number {
    return this.order.length;
  }

  first(): Scored | undefined {
    return this.order[0];
  }

  /** Adds a member, or moves it. */
  set(member: string, score: number): void {
    if (this.scores.get(member) === score) return;
    this.delete(member);
    this.scores.set(member, score);
    const place = { member, score };
    this.order.splice(this.rank(place), 0, place);
  }

  /** Gives all members one score. */
  rescore(score: number): void {
    for (const member of this.scores.keys()) this.scores.set(member, score);
    this.order = [...this.scores.keys()].sort().map((member) => ({ member, score }));
  }

  delete(member: string): void {
    const score = this.scores.get(member);
    if (score === undefined) return;
    this.scores.delete(member);
    this.order.splice(this.rank({ member, score }), 1);
  }

  /** Ascending, strictly after `from`. Not to be used across changes of the set. */
  *after(from?: Scored): Generator<Scored> {
    let index = from === undefined ? 0 : this.rank(from);
    const at = this.order[index];
    if (from !== undefined && at !== undefined && compare(at, from) === 0) index++;
    for (; index < this.order.length; index++) yield this.order[index]!;
  }

  /** Descending, strictly before `from`. Not to be used across changes of the set. */
  *before(from?: Scored): Generator<Scored> {
    let index = from === undefined ? this.order.length : this.rank(from);
    while (index > 0) yield this.order[--index]!;
  }

  /** How many members come before the place. */
  private rank(place: Scored): number {
    let [low, high] = [0, this.order.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (compare(this.order[middle]!, place) < 0) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

function compare(left: Scored, right: Scored): number {
  if (left.score !== right.score) return left.score - right.score;
  if (left.member === right.member) return 0;
  return left.member < right.member ? -1 : 1;
}
