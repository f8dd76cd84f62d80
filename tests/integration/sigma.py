"""The Sigma rules, read by a YAML parser and tried on records.

    sigma.py check RULES              each rule is what Sigma's specification asks for; prints what is wrong
    sigma.py journal RULES FILE SRC   FILE maps each field of the rules to the one that SRC/record_*.c writes to the journal
    sigma.py fields RULES LOG...      prints the fields of the rules that no record has
    sigma.py fire RULES LOG           prints the names of the rules that fire on any record
    sigma.py expect RULES LOG FILE    for each line "FROM TO PATTERN WHAT RULE..." of the file, with tabs between: whether these
                                      rules, and no others, fire on the records of these lines of the log that have the pattern

Of conditions it knows what these rules use: names, "1 of NAME*", "all of NAME*", and, or, not, parentheses."""
import datetime
import glob
import json
import os
import re
import sys
import uuid

import yaml

REQUIRED = {'title', 'id', 'status', 'description', 'references', 'author', 'date', 'tags', 'logsource', 'detection', 'fields',
            'falsepositives', 'level'}
MODIFIERS = {None: lambda value, wanted: value == wanted,
             'endswith': lambda value, wanted: str(value).endswith(wanted),
             'startswith': lambda value, wanted: str(value).startswith(wanted),
             'contains': lambda value, wanted: wanted in str(value)}


def rules(directory):
    """NAME -> rule"""
    paths = sorted(glob.glob(os.path.join(directory, '*.yml')))
    return {os.path.basename(path)[:-4]: yaml.safe_load(open(path, encoding='utf-8')) for path in paths}


def searches(rule):
    return {name: what for name, what in rule['detection'].items() if name != 'condition'}


def field_names(rule):
    tested = {key.split('|')[0] for search in searches(rule).values() for key in search}
    return tested | set(rule['fields'])


# ---- The specification ---------------------------------------------------------------------------------------

def faults(name, rule):
    if not re.fullmatch(r'[a-z0-9_]{10,66}', name):
        yield 'the name of its file'
    if set(rule) != REQUIRED:
        yield f'missing or unknown: {sorted(set(rule) ^ REQUIRED)}'
        return
    if not (isinstance(rule['title'], str) and 0 < len(rule['title']) <= 256 and rule['title'] == rule['title'].strip()):
        yield 'title'
    if str(uuid.UUID(rule['id'])) != rule['id'] or uuid.UUID(rule['id']).version != 4:
        yield 'id'
    if rule['status'] not in ('stable', 'test', 'experimental', 'deprecated', 'unsupported'):
        yield 'status'
    if rule['level'] not in ('informational', 'low', 'medium', 'high', 'critical'):
        yield 'level'
    if not isinstance(rule['date'], datetime.date):
        yield 'date'
    if rule['logsource'] != {'product': 'linux', 'service': 'unitward'}:
        yield 'logsource'
    for key in ('references', 'tags', 'fields', 'falsepositives'):
        values = rule[key]
        if not isinstance(values, list) or not values or not all(isinstance(value, str) for value in values) or \
                len(set(values)) != len(values):
            yield key
    for tag in rule['tags']:
        if not re.fullmatch(r'attack\.(t\d{4}(\.\d{3})?|[a-z]+(-[a-z]+)*)', tag):
            yield f'tag {tag}'
    for search in searches(rule).values():
        if not isinstance(search, dict) or not search:
            yield 'a search that is no map'
            continue
        for key in search:
            if key.partition('|')[2] not in ('', *filter(None, MODIFIERS)):
                yield f'modifier of {key}'
    try:
        matches(rule, {})
    except (KeyError, ValueError, TypeError) as error:
        yield f'condition: {error}'
    named = re.findall(r'[a-z_]+\*?', re.sub(r'\b(and|or|not|all of|1 of|of)\b', ' ', rule['detection']['condition']))
    for search in searches(rule):
        if not any(search == one or (one.endswith('*') and search.startswith(one[:-1])) for one in named):
            yield f'{search} is not in its condition'


def check(directory):
    found, ids, titles = [], set(), set()
    for name, rule in rules(directory).items():
        found += [f'{name}: {fault}' for fault in faults(name, rule)]
        if rule.get('id') in ids or rule.get('title') in titles:
            found.append(f'{name}: another one has its id or title')
        ids.add(rule.get('id'))
        titles.add(rule.get('title'))
    if not ids:
        found.append('no rules at all')
    return found


# ---- Records -----------------------------------------------------------------------------------------------

def records(path):
    with open(path, encoding='utf-8') as stream:
        return [json.loads(line) for line in stream]


def values(record, field):
    for name in field.split('.'):
        record = record.get(name) if isinstance(record, dict) else None
    if record is None:
        return []
    return record if isinstance(record, list) else [record]


def item_matches(record, key, wanted):
    field, _, modifier = key.partition('|')
    wanted = wanted if isinstance(wanted, list) else [wanted]
    return any(MODIFIERS[modifier or None](value, one) for value in values(record, field) for one in wanted)


def matches(rule, record):
    found = {name: all(item_matches(record, key, wanted) for key, wanted in search.items())
             for name, search in searches(rule).items()}

    def some_of(match):
        several = [found[name] for name in found if name.startswith(match[2])]
        if not several:
            raise ValueError(match[0])
        return str(any(several) if match[1] == '1' else all(several))

    text = re.sub(r'\b(1|all) of ([a-z_]+)\*', some_of, rule['detection']['condition'])
    words = re.findall(r'[()]|[A-Za-z_]+', text)
    text = ' '.join(word if word in ('and', 'or', 'not', '(', ')', 'True', 'False') else str(found[word]) for word in words)
    return eval(text, {'__builtins__': {}})  # of these words only


def firing(known, some):
    return [name for name, rule in known.items() if any(matches(rule, record) for record in some)]


def expect(directory, log, expectations):
    """One line for each: "ok WHAT" or "not ok WHAT - WHY", as the scripts print them."""
    known = rules(directory)
    with open(log, encoding='utf-8') as stream:
        lines = list(stream)
    with open(expectations, encoding='utf-8') as stream:
        for line in stream:
            first, last, pattern, what, *wanted = line.rstrip('\n').split('\t')
            about = [one for one in lines[int(first):int(last)] if re.search(pattern, one)]
            found = firing(known, [json.loads(one) for one in about])
            what += ': ' + (' '.join(wanted) or 'none')
            if not about:
                yield f'not ok {what} - there is no record of it'
            elif found != sorted(wanted):
                yield f'not ok {what} - fires: {" ".join(found)}'
            else:
                yield f'ok {what}'


def main():
    what, directory, *rest = sys.argv[1:]
    if what == 'check':
        said = check(directory)
    elif what == 'fields':
        seen = [record for path in rest for record in records(path)]
        said = sorted({field for rule in rules(directory).values() for field in field_names(rule)
                       if not any(values(record, field) for record in seen)})
    elif what == 'journal':
        sources = ''.join(open(path).read() for path in glob.glob(os.path.join(rest[1], 'record_*.c')))
        written = dict(re.findall(r'\{ "([a-z_.@]+)", "([A-Z0-9_]+)",', sources))
        [transformation] = yaml.safe_load(open(rest[0]))['transformations']
        mapping = transformation['mapping']
        needed = {field for rule in rules(directory).values() for field in field_names(rule)}
        said = [f'{field}: {mapping.get(field)}, written is {written.get(field)}' for field in sorted(needed | set(mapping))
                if mapping.get(field) is None or mapping.get(field) != written.get(field)]
    elif what == 'expect':
        said = list(expect(directory, *rest))
    else:
        said = firing(rules(directory), records(rest[0]))
    print('\n'.join(said))
    return bool(said) if what not in ('fire', 'expect') else 0


sys.exit(main())
