"""From runs to answers: worlds that share their luck, contrasts, intervals."""
