import type { ReactNode } from 'react';
import { SelectField } from '../../shared/field.js';
import { fieldError } from '../../shared/failure.js';
import type { Route } from '../../shared/route.js';
import { texts } from '../../shared/texts.js';
import { FilterFold, FilterText } from '../filter-parts.js';
import { FILTER_NAMES, parametersOf, type FilterName } from './session-filters.js';

export interface FilterBarProps {
  readonly route: Route;
  readonly onChange: (changes: Readonly<Partial<Record<FilterName, string>>>) => void;
  /** What the API said of the filters. */
  readonly error: unknown;
}

type Options = Readonly<Record<string, string>>;

const { filters } = texts;

const withAny = (options: Options) => [['', filters.any], ...Object.entries(options)] as const;

export function FilterBar({ route, onChange, error }: FilterBarProps): ReactNode {
  const errorOf = (name: FilterName): string | undefined =>
    parametersOf(name)
      .map((parameter) => fieldError(error, parameter))
      .find((message) => message !== undefined);
  const text = (name: FilterName, label: string, placeholder?: string): ReactNode => (
    <FilterText
      label={label}
      placeholder={placeholder}
      value={route[name] ?? ''}
      error={errorOf(name)}
      onValue={(value) => onChange({ [name]: value })}
    />
  );
  const choice = (name: FilterName, label: string, options: Options): ReactNode => (
    <SelectField
      label={label}
      value={route[name] ?? ''}
      options={withAny(options)}
      error={errorOf(name)}
      onValue={(value) => onChange({ [name]: value })}
    />
  );
  const set = FILTER_NAMES.filter((name) => route[name] && name !== 'user');
  return (
    <search className="filters" aria-label={filters.title}>
      {text('user', filters.search, filters.searchHint)}
      <FilterFold count={set.length}>
        {text('tenant', filters.tenant)}
        {text('ip', filters.address, filters.addressHint)}
        {text('browser', filters.browser, 'Firefox')}
        {text('system', filters.system, 'Linux')}
        {text('method', filters.method, filters.methodHint)}
        {choice('age', filters.age, filters.ages)}
        {choice('seen', filters.seen, filters.ages)}
        {choice('fresh', filters.fresh, filters.fresher)}
      </FilterFold>
    </search>
  );
}
