"""Every row of edge cases: equal, or found before the start, as the page says."""

from __future__ import annotations

import pytest

from tests.edge_cases.agreeing import Rows


def test_d01_nul_in_texts(rows: Rows) -> None:
    rows.agree(1)


def test_d02_nul_escaped_in_documents(rows: Rows) -> None:
    rows.agree(2)


def test_d03_octets_that_are_no_utf_8(rows: Rows) -> None:
    rows.agree(3)


def test_d04_emoji_in_three_octets(rows: Rows) -> None:
    rows.agree(4)


def test_d05_hostile_charset_of_a_connection(rows: Rows) -> None:
    rows.agree(5)


def test_d06_trailing_spaces_under_a_unique_key(rows: Rows) -> None:
    rows.agree(6)


def test_d07_case_insensitive_unique(rows: Rows) -> None:
    rows.agree(7)


def test_d08_accents_and_emoji_under_a_unique_key(rows: Rows) -> None:
    rows.agree(8)


def test_d09_padding_of_fixed_lengths(rows: Rows) -> None:
    rows.agree(9)


def test_d10_characters_are_no_octets(rows: Rows) -> None:
    rows.agree(10)


def test_d11_too_long_by_spaces(rows: Rows) -> None:
    rows.agree(11)


def test_d12_more_octets_than_a_text_type(rows: Rows) -> None:
    rows.agree(12)


def test_d13_index_key_too_long(rows: Rows) -> None:
    rows.agree(13)


def test_d14_every_octet(rows: Rows) -> None:
    rows.agree(14)


def test_d15_marks_of_the_load_formats(rows: Rows) -> None:
    rows.agree(15)


def test_d16_empty_text_and_null(rows: Rows) -> None:
    rows.agree(16)


def test_d17_percents_and_quotes(rows: Rows) -> None:
    rows.agree(17)


def test_d18_invisible_characters_and_surrogates(rows: Rows) -> None:
    rows.agree(18)


def test_d19_unsigned_64_bits(rows: Rows) -> None:
    rows.agree(19)


def test_d20_ranges_of_integers(rows: Rows) -> None:
    rows.agree(20)


def test_d21_booleans_beyond_one(rows: Rows) -> None:
    rows.agree(21)


def test_d22_bits(rows: Rows) -> None:
    rows.agree(22)


def test_d23_more_decimal_places(rows: Rows) -> None:
    rows.agree(23)


def test_d24_more_digits(rows: Rows) -> None:
    rows.agree(24)


def test_d25_decimals_that_are_none(rows: Rows) -> None:
    rows.agree(25)


def test_d26_decimals_of_sqlite(rows: Rows) -> None:
    rows.agree(26)


def test_d27_digits_of_floats(rows: Rows) -> None:
    rows.agree(27)


def test_d28_floats_that_are_none(rows: Rows) -> None:
    rows.agree(28)


def test_d29_texts_in_numbers(rows: Rows) -> None:
    rows.agree(29)


def test_d30_zero_dates(rows: Rows) -> None:
    rows.agree(30)


def test_d31_years_beyond_the_calendar(rows: Rows) -> None:
    rows.agree(31)


def test_d32_finer_fractions(rows: Rows) -> None:
    rows.agree(32)


def test_d34_digits_and_instants(rows: Rows) -> None:
    rows.agree(34)


def test_d35_offsets(rows: Rows) -> None:
    rows.agree(35)


def test_d36_range_of_timestamps(rows: Rows) -> None:
    rows.agree(36)


def test_d37_hours_beyond_a_day(rows: Rows) -> None:
    rows.agree(37)


def test_d38_durations(rows: Rows) -> None:
    rows.agree(38)


def test_d39_garbage_in_sqlite(rows: Rows) -> None:
    rows.agree(39)


def test_d40_enumerations_sets_and_points(rows: Rows) -> None:
    rows.agree(40)


def test_d41_null_and_the_null_of_json(rows: Rows) -> None:
    rows.agree(41)


def test_d42_spelling_and_keys_of_json(rows: Rows) -> None:
    rows.agree(42)


def test_d43_numbers_of_json(rows: Rows) -> None:
    rows.agree(43)


def test_d44_json_that_is_none(rows: Rows) -> None:
    rows.agree(44)


def test_d45_scalars_and_depth_of_json(rows: Rows) -> None:
    rows.agree(45)


def test_d46_spellings_of_uuids(rows: Rows) -> None:
    rows.agree(46)


def test_d47_order_of_uuids(rows: Rows) -> None:
    rows.agree(47)


def test_d48_spellings_of_addresses(rows: Rows) -> None:
    rows.agree(48)


def test_d49_types_of_postgresql(rows: Rows) -> None:
    rows.agree(49)


def test_d50_paths_of_files(rows: Rows) -> None:
    rows.agree(50)


def test_d51_fields_of_projects(rows: Rows) -> None:
    rows.agree(51)


def test_d52_zero_as_a_key(rows: Rows) -> None:
    rows.agree(52)


def test_d53_keys_below_zero(rows: Rows) -> None:
    rows.agree(53)


def test_d54_identity_always(rows: Rows) -> None:
    rows.agree(54)


def test_d55_generated_columns(rows: Rows) -> None:
    rows.agree(55)


def test_d56_triggers_and_defaults(rows: Rows) -> None:
    rows.agree(56)


def test_d57_fields_that_set_themselves(rows: Rows) -> None:
    rows.agree(57)


def test_d58_managers_that_hide_rows(rows: Rows) -> None:
    rows.agree(58)


def test_d59_inherited_models(rows: Rows) -> None:
    rows.agree(59)


def test_d60_view_for_a_table(rows: Rows) -> None:
    rows.agree(60)


def test_d61_many_to_many(rows: Rows) -> None:
    rows.agree(61)


def test_d62_references_in_a_circle(rows: Rows) -> None:
    rows.agree(62)


def test_d63_orphans(rows: Rows) -> None:
    rows.agree(63)


def test_d64_unique_nulls(rows: Rows) -> None:
    rows.agree(64)


def test_d65_deferrable_unique(rows: Rows) -> None:
    rows.agree(65)


def test_d66_checks_and_partial_indexes(rows: Rows) -> None:
    rows.agree(66)


def test_d67_composite_keys(rows: Rows) -> None:
    rows.agree(67)


def test_d68_texts_as_keys(rows: Rows) -> None:
    rows.agree(68)


def test_d69_unusual_types_of_keys(rows: Rows) -> None:
    rows.agree(69)


def test_d70_keys_that_are_references(rows: Rows) -> None:
    rows.agree(70)


def test_d72_unusual_names(rows: Rows) -> None:
    rows.agree(72)


def test_d75_sizes_about_a_chunk(rows: Rows) -> None:
    rows.agree(75)


def test_d77_engine_that_cannot_roll_back(rows: Rows) -> None:
    rows.agree(77)


@pytest.mark.soak
@pytest.mark.timeout(3600)
def test_every_direction(rows: Rows) -> None:
    rows.all_agree()
