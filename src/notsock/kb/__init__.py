"""The Knowledge Base: one module per article, each with its claims, its reproduction and its grounds."""

from notsock.kb.article import Article


class UnknownArticleError(ValueError):
    """There is no article of that number; the message lists those there are."""


def articles() -> tuple[Article, ...]:
    """Return every article, by number."""
    from notsock.kb import q142634, q155738, q185727, q198663  # noqa: PLC0415 - they import this package's parts

    return tuple(
        sorted((module.ARTICLE for module in (q142634, q155738, q185727, q198663)), key=lambda article: article.number)
    )


def article_named(number: str) -> Article:
    """Return an article by its number, in any case, with or without its Q."""
    wanted = number.upper()
    if not wanted.startswith("Q"):
        wanted = f"Q{wanted}"
    for article in articles():
        if article.number == wanted:
            return article
    known = ", ".join(article.number for article in articles())
    raise UnknownArticleError(f"no article is called {number!r}; there are {known}")
