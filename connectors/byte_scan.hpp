// Looking for the bytes that end a value, 32 at a time. Callers guarantee 32 readable bytes at every address they pass, and a byte to stop
// at before the memory ends (a block's zeroed padding).
#pragma once

#include <immintrin.h>

#include <bit>
#include <cstdint>

#ifndef __AVX2__
#error "the decoders need AVX2: build with -march=x86-64-v3 or better"
#endif

namespace reckoner {

inline __m256i load_32(const char* at) { return _mm256_loadu_si256(reinterpret_cast<const __m256i*>(at)); }

inline std::uint32_t bits_of(__m256i bytes) { return static_cast<std::uint32_t>(_mm256_movemask_epi8(bytes)); }

// Bit i set = byte i is a quote, a backslash, a control byte or not ASCII (as signed bytes the last two are below a space).
inline std::uint32_t text_stops(const char* at) {
  const __m256i bytes = load_32(at);
  const __m256i quote = _mm256_cmpeq_epi8(bytes, _mm256_set1_epi8('"'));
  const __m256i backslash = _mm256_cmpeq_epi8(bytes, _mm256_set1_epi8('\\'));
  const __m256i odd = _mm256_cmpgt_epi8(_mm256_set1_epi8(' '), bytes);
  return bits_of(_mm256_or_si256(_mm256_or_si256(quote, backslash), odd));
}

// Bit i set = byte i is the delimiter, a quote or a control byte.
inline std::uint32_t csv_stops(const char* at, char delimiter) {
  const __m256i bytes = load_32(at);
  const __m256i separates = _mm256_cmpeq_epi8(bytes, _mm256_set1_epi8(delimiter));
  const __m256i quote = _mm256_cmpeq_epi8(bytes, _mm256_set1_epi8('"'));
  const __m256i control = _mm256_cmpeq_epi8(_mm256_min_epu8(bytes, _mm256_set1_epi8(0x1f)), bytes);
  return bits_of(_mm256_or_si256(_mm256_or_si256(separates, quote), control));
}

// Bit i set = byte i is a quote, a backslash or a NUL.
inline std::uint32_t string_ends(const char* at) {
  const __m256i bytes = load_32(at);
  const __m256i quote = _mm256_cmpeq_epi8(bytes, _mm256_set1_epi8('"'));
  const __m256i backslash = _mm256_cmpeq_epi8(bytes, _mm256_set1_epi8('\\'));
  const __m256i nul = _mm256_cmpeq_epi8(bytes, _mm256_setzero_si256());
  return bits_of(_mm256_or_si256(_mm256_or_si256(quote, backslash), nul));
}

// First quote, backslash or NUL at or after `at`.
inline const char* find_string_end(const char* at) {
  while (true) {
    const std::uint32_t ends = string_ends(at);
    if (ends != 0) return at + std::countr_zero(ends);
    at += 32;
  }
}

}  // namespace reckoner
