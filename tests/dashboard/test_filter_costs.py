"""The page of filters shows the cost of each step."""

from countersign.service.evaluation.step_costs import ONE_IN


def test_the_page_of_filters_tells_what_each_step_costs(world, open_page):
    for number in range(ONE_IN):
        world.say(f"fine weather {number}")
    page = open_page(world.token("moderator"))

    page.get_by_role("link", name="Filters", exact=True).click()
    page.get_by_text("What each step costs").click()

    costs = page.get_by_role("region", name="Costs")
    row = costs.get_by_role("row").filter(has_text="keyword")
    microseconds = row.get_by_role("cell").nth(1).inner_text()
    assert float(microseconds) > 0
