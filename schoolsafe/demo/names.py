"""The names of the demo school's families: fixed lists, taken in a fixed order."""


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


# Lengths that share no factor with one another, so that few full names come up twice.
CHILDREN = _words("""
    Aaliyah Aaron Adam Alfie Alice Amara Amber Anya Archie Arjun Ava Bella Callum Charlie Chloe
    Daisy Dylan Eleanor Elijah Ella Emily Ethan Evie Farah Finley Freddie Freya George Grace Hannah
    Harry Harvey Holly Ibrahim Imogen Iris Isaac Jack Jasmine Kai Layla Lily Logan Lucas Mabel Mila
    Mohammed Muhammad Nathan Nia Oscar Phoebe Reuben Rosie Ruby Ryan Samir Theo Toby Willow Zachary
""")
FAMILIES = _words("""
    Abbott Akhtar Allen Anderson Bailey Barnes Begum Bell Bennet Blake Brooks Burton Butler Carter
    Chan Chapman Choudhury Collins Cooper Cox Davies Dixon Doyle Edwards Ellis Evans Farrow Fisher
    Fletcher Foley Garcia Gibson Gill Green Griffin Hall Harris Harvey Hassan Hill Holmes Hughes
    Hunt Hussain Iqbal Jackson James Kaur Kelly Kennedy King Knight Kumar Lee Lloyd Macdonald Mason
    Mensah Miller Mills Moore Morgan Murphy Murray Nguyen Owens Parker Patel Pearce Perry Petrov
    Phillips Powell Price Quinn Reid Roberts Rossi Russell Saunders Shah Shaw Silva
""")
MOTHERS = _words("""
    Abigail Alison Amanda Angela Anita Bethan Caroline Catherine Charlotte Clare Deborah Diana Emma
    Fatima Fay Gemma Georgina Heather Helena Jacqueline Jane Jennifer Joanna Judith Karen Kirsty
    Leila Linda Lisa Lucy Maria Meera Michelle Nasreen Natalie Nicola Olga Pamela Rebecca Sandra
    Sarah Sharon Sunita Susan Tracey Vanessa Yasmin
""")
FATHERS = _words("""
    Adrian Ahmed Alan Andrew Anthony Babak Barry Christopher Colin Craig Darren David Edward Gareth
    Gary Gavin Gordon Hamid Ian James Jason Jeremy Karim Keith Kenneth Kevin Kwame Lee Malcolm Mark
    Martin Neil Nigel Patrick Paul Rajesh Richard Robert Sanjay Stephen Stuart Tariq Wayne
""")
